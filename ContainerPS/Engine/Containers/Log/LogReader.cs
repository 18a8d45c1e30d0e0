using System.Runtime.CompilerServices;

namespace ContainerPS.Engine.Containers.Log;

/// <summary>Reads a container's log: what is there, and what comes, across rotation, until the container has ended.</summary>
internal static class LogReader
{
    /// <summary>What is there.</summary>
    /// <param name="path">The current log file; it need not be there yet.</param>
    /// <param name="container">Name to put into the records.</param>
    /// <param name="query">What is wanted.</param>
    public static IEnumerable<ContainerLogRecord> Read(string path, string container, LogQuery query)
    {
        List<LogFile> files = LogFiles.OpenAll(path);
        try
        {
            foreach (ContainerLogRecord record in ReadPresent(files, container, query))
            {
                yield return record;
            }
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    }

    /// <summary>What is there, and what comes until nothing can come any more.</summary>
    /// <param name="path">The current log file; it need not be there yet.</param>
    /// <param name="container">Name to put into the records.</param>
    /// <param name="query">What is wanted.</param>
    /// <param name="isAlive">Whether more may be written; asked before a read, so that a last line is not missed.</param>
    /// <param name="change">
    /// Returns when the log or the container may have changed since its last return, and after the given time at the latest.
    /// </param>
    /// <param name="cancellation">Ends the reading.</param>
    public static async IAsyncEnumerable<ContainerLogRecord> FollowAsync(
        string path,
        string container,
        LogQuery query,
        Func<bool> isAlive,
        Func<TimeSpan, CancellationToken, Task> change,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        List<LogFile> files = LogFiles.OpenAll(path);
        LogFile? current = null;
        try
        {
            foreach (ContainerLogRecord record in ReadPresent(files, container, query))
            {
                yield return record;
            }

            current = files.Count > 0 ? files[^1] : null;
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                bool alive = isAlive();
                foreach (ContainerLogRecord record in ReadMore(current, container, query))
                {
                    yield return record;
                }

                if (LogFiles.OpenNext(path, current?.Inode ?? 0) is { } next)
                {
                    // The monitor writes nothing to a file after it has renamed it: one more look finds what came just before.
                    foreach (ContainerLogRecord record in ReadMore(current, container, query))
                    {
                        yield return record;
                    }

                    files.Add(next);
                    current?.Dispose();
                    current = next;
                }
                else if (!alive || query.Until <= DateTimeOffset.UtcNow)
                {
                    yield break;
                }
                else
                {
                    await change(Left(query.Until), cancellation).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    }

    private static TimeSpan Left(DateTimeOffset? until)
    {
        if (until is null)
        {
            return Timeout.InfiniteTimeSpan;
        }

        TimeSpan left = until.Value - DateTimeOffset.UtcNow;
        // The end of the year 9999 is a usual way to say "never", and no timer goes that far.
        return left > TimeSpan.FromDays(1) ? TimeSpan.FromDays(1)
            : left > TimeSpan.Zero ? left
            : TimeSpan.Zero;
    }

    private static IEnumerable<ContainerLogRecord> ReadPresent(List<LogFile> files, string container, LogQuery query)
    {
        if (query.Tail is not { } tail)
        {
            return files.SelectMany(file => ReadMore(file, container, query));
        }

        if (query is { Stream: null, Since: null, Until: null })
        {
            return ReadLast(files, container, tail);
        }

        var last = new Queue<ContainerLogRecord>();
        foreach (ContainerLogRecord? record in files.SelectMany(file => ReadMore(file, container, query)))
        {
            last.Enqueue(record);
            if (last.Count > tail)
            {
                last.Dequeue();
            }
        }

        return last;
    }

    // Without a filter every line counts: found from the end, without reading what is before.
    private static IEnumerable<ContainerLogRecord> ReadLast(List<LogFile> files, string container, int tail)
    {
        int first = files.Count;
        for (int missing = tail; first > 0 && (missing > 0 || first == files.Count); )
        {
            missing -= files[--first].SeekToLast(missing);
        }

        return files.Skip(first).SelectMany(file => ReadMore(file, container, new LogQuery()));
    }

    private static IEnumerable<ContainerLogRecord> ReadMore(LogFile? file, string container, LogQuery query)
    {
        while (file is not null && Next(file, container, query) is { } step)
        {
            if (step.Record is { } record)
            {
                yield return record;
            }
        }
    }

    /// <summary>One line; null at the end, without a record where the line is not wanted.</summary>
    private static Step? Next(LogFile file, string container, LogQuery query)
    {
        if (!file.TryReadLine(out ReadOnlySpan<byte> text))
        {
            return null;
        }

        return LogLine.TryParse(text, out LogLine line) && IsWanted(line, query) ? new Step(line.ToRecord(container)) : new Step(null);
    }

    private static bool IsWanted(LogLine line, LogQuery query) =>
        (query.Stream is null || line.Stream == query.Stream) && !(line.Time < query.Since) && !(line.Time > query.Until);

    private readonly record struct Step(ContainerLogRecord? Record);
}
