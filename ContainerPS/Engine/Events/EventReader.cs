using System.Globalization;
using System.Text;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Events;

/// <summary>
/// Reads the journal as it is at one moment. What is damaged is left out and told of; it never takes the reading down.
/// </summary>
internal sealed class EventReader
{
    /// <summary>So many numbers of damaged events are told; of more their count.</summary>
    private const int ToldNumbers = 10;

    private readonly EventQuery _query;
    private readonly List<long> _damaged = [];
    private readonly List<string> _warnings = [];

    private EventReader(EventQuery query) => _query = query;

    public static EventList Read(string directory, EventQuery query, CancellationToken cancellation)
    {
        var reader = new EventReader(query);
        IReadOnlyList<ContainerEvent> events = reader.ReadAll(directory, cancellation);
        return new EventList(events, reader.Warnings());
    }

    /// <summary>
    /// Whether an event of this thing and action is there; of a run, the one of that run. The id is looked for first, which is quick.
    /// </summary>
    public static bool Has(string directory, EventEntry entry)
    {
        byte[] id = Encoding.UTF8.GetBytes(entry.Id);
        string? run = entry.Attributes.FirstOrDefault(attribute => attribute.Name == "run").Value;
        List<(EventSegment, FileDescriptor)> opened = OpenAll(directory);
        try
        {
            // The newest first.
            for (int i = opened.Count - 1; i >= 0; i--)
            {
                if (Has(opened[i].Item2.ReadToEnd(), entry, id, run))
                {
                    return true;
                }
            }

            return false;
        }
        finally
        {
            opened.ForEach(segment => segment.Item2.Dispose());
        }
    }

    private static bool Has(ReadOnlySpan<byte> content, EventEntry entry, ReadOnlySpan<byte> id, string? run)
    {
        ReadOnlySpan<byte> rest = EventSegment.Counted(content, out _);
        while (TryTakeLine(ref rest, out ReadOnlySpan<byte> line))
        {
            if (
                line.IndexOf(id) >= 0
                && EventLine.TryParse(line, 0, out ContainerEvent? found)
                && found.Type == entry.Type
                && found.Action == entry.Action
                && found.Actor.Id == entry.Id
                && (run is null || found.Attributes.GetValueOrDefault("run") == run)
            )
            {
                return true;
            }
        }

        return false;
    }

    private List<ContainerEvent> ReadAll(string directory, CancellationToken cancellation)
    {
        List<(EventSegment Segment, FileDescriptor File)> opened = OpenAll(directory);
        var parts = new List<List<ContainerEvent>>();
        try
        {
            long? next = null;
            int missing = _query.Newest ?? int.MaxValue;
            // From the newest one: a question for the last events need not read the first.
            for (int i = opened.Count - 1; i >= 0 && missing > 0; i--)
            {
                cancellation.ThrowIfCancellationRequested();
                List<ContainerEvent> part = ReadSegment(opened[i].Segment, opened[i].File, next);
                parts.Add(part);
                missing -= part.Count;
                next = opened[i].Segment.First;
            }
        }
        finally
        {
            opened.ForEach(segment => segment.File.Dispose());
        }

        parts.Reverse();
        var events = parts.SelectMany(part => part).ToList();
        return _query.Newest is { } newest && events.Count > newest ? events[^newest..] : events;
    }

    private List<ContainerEvent> ReadSegment(EventSegment segment, FileDescriptor file, long? next)
    {
        var events = new List<ContainerEvent>();
        byte[] content;
        try
        {
            content = file.ReadToEnd();
        }
        catch (LinuxException failure)
        {
            _warnings.Add($"The events from {segment.First} on cannot be read: {failure.Message}.");
            return events;
        }

        // What the next segment counts has its numbers, whatever stands here: a power loss may have taken this one's end.
        ReadOnlySpan<byte> rest = EventSegment.Counted(content, out _);
        long sequence = segment.First;
        for (; (next is null || sequence < next) && TryTakeLine(ref rest, out ReadOnlySpan<byte> line); sequence++)
        {
            if (!EventLine.TryParse(line, sequence, out ContainerEvent? found))
            {
                _damaged.Add(sequence);
            }
            else if (_query.Wants(found))
            {
                events.Add(found);
            }
        }

        if (sequence < next)
        {
            _warnings.Add(
                string.Create(CultureInfo.InvariantCulture, $"The events {sequence} to {next - 1} are missing from the event journal.")
            );
        }

        return events;
    }

    private List<string> Warnings()
    {
        if (_damaged.Count > 0)
        {
            string numbers = string.Join(", ", _damaged.Order().Take(ToldNumbers).Select(n => n.ToString(CultureInfo.InvariantCulture)));
            _warnings.Add(
                _damaged.Count <= ToldNumbers
                    ? $"Damaged events are left out: {numbers}."
                    : string.Create(CultureInfo.InvariantCulture, $"{_damaged.Count} damaged events are left out: {numbers} and others.")
            );
        }

        return _warnings;
    }

    /// <summary>All segments as they are at one moment: if one was deleted between the listing and the opening, once more.</summary>
    private static List<(EventSegment Segment, FileDescriptor File)> OpenAll(string directory)
    {
        while (true)
        {
            var opened = new List<(EventSegment, FileDescriptor)>();
            bool isComplete = false;
            try
            {
                isComplete = TryOpenAll(EventSegment.All(directory), opened);
                if (isComplete)
                {
                    return opened;
                }
            }
            finally
            {
                if (!isComplete)
                {
                    opened.ForEach(segment => segment.Item2.Dispose());
                }
            }
        }
    }

    private static bool TryOpenAll(IReadOnlyList<EventSegment> segments, List<(EventSegment, FileDescriptor)> opened)
    {
        foreach (EventSegment segment in segments)
        {
            FileDescriptor? file = Files.TryOpenAt(
                FileDescriptor.CurrentDirectory,
                segment.Path,
                Posix.O_RDONLY | Posix.O_NOFOLLOW | Posix.O_NONBLOCK
            );
            if (file is null)
            {
                return false;
            }

            opened.Add((segment, file));
        }

        return true;
    }

    /// <summary>The next line with an end. What has none is being written just now, or will stand before the next line.</summary>
    private static bool TryTakeLine(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> line)
    {
        int end = rest.IndexOf((byte)'\n');
        line = end < 0 ? default : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        return end >= 0;
    }
}
