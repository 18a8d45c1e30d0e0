using System.Collections.Concurrent;

namespace ContainerPS.Commands;

/// <summary>Reads the logs of several containers as one: by time, and while they are followed in the order in which lines arrive.</summary>
internal static class LogMerge
{
    internal readonly record struct Entry(Container Container, ContainerLogRecord? Record, Exception? Failure);

    public static IEnumerable<Entry> Read(
        IReadOnlyList<Container> containers,
        bool follow,
        Func<Container, IEnumerable<ContainerLogRecord>> read,
        CancellationToken cancellation
    ) =>
        containers switch
        {
            [] => [],
            [var one] => Entries(one, read),
            _ when follow => Arriving(containers, read, cancellation),
            _ => ByTime(containers, read),
        };

    // An iterator cannot yield in a try with a catch: the failure is kept and given out as the last entry.
    private static IEnumerable<Entry> Entries(Container container, Func<Container, IEnumerable<ContainerLogRecord>> read)
    {
        IEnumerator<ContainerLogRecord>? records = null;
        try
        {
            while (Next(container, read, ref records) is { } entry)
            {
                yield return entry;
                if (entry.Failure is not null)
                {
                    yield break;
                }
            }
        }
        finally
        {
            records?.Dispose();
        }
    }

    private static Entry? Next(
        Container container,
        Func<Container, IEnumerable<ContainerLogRecord>> read,
        ref IEnumerator<ContainerLogRecord>? records
    )
    {
        try
        {
            records ??= read(container).GetEnumerator();
            return records.MoveNext() ? new Entry(container, records.Current, null) : null;
        }
        catch (Exception e)
        {
            return new Entry(container, null, e);
        }
    }

    private static IEnumerable<Entry> ByTime(IReadOnlyList<Container> containers, Func<Container, IEnumerable<ContainerLogRecord>> read)
    {
        var logs = containers.Select(c => Entries(c, read).GetEnumerator()).ToList();
        try
        {
            var heads = new PriorityQueue<IEnumerator<Entry>, DateTimeOffset>();
            foreach (IEnumerator<Entry>? log in logs)
            {
                Enqueue(heads, log);
            }

            while (heads.TryDequeue(out IEnumerator<Entry>? log, out _))
            {
                yield return log.Current;
                Enqueue(heads, log);
            }
        }
        finally
        {
            foreach (IEnumerator<Entry>? log in logs)
            {
                log.Dispose();
            }
        }
    }

    private static void Enqueue(PriorityQueue<IEnumerator<Entry>, DateTimeOffset> heads, IEnumerator<Entry> log)
    {
        if (log.MoveNext())
        {
            heads.Enqueue(log, log.Current.Record?.Time ?? DateTimeOffset.MinValue);
        }
    }

    private static IEnumerable<Entry> Arriving(
        IReadOnlyList<Container> containers,
        Func<Container, IEnumerable<ContainerLogRecord>> read,
        CancellationToken cancellation
    )
    {
        // Not disposed: readers that are still under way when the pipeline is abandoned end by its cancellation.
        var queue = new BlockingCollection<Entry>(1024);
        int reading = containers.Count;
        foreach (Container container in containers)
        {
            new Thread(() => Pump(container)) { IsBackground = true }.Start();
        }

        return queue.GetConsumingEnumerable(cancellation);

        void Pump(Container container)
        {
            try
            {
                foreach (Entry entry in Entries(container, read))
                {
                    queue.Add(entry, cancellation);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }

            if (Interlocked.Decrement(ref reading) == 0)
            {
                queue.CompleteAdding();
            }
        }
    }
}
