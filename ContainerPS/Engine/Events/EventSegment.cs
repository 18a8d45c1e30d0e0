using System.Globalization;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Events;

/// <summary>A segment of the event journal: a file whose name is the ordinal of its first event.</summary>
internal sealed record EventSegment(string Directory, long First)
{
    public string Path => $"{Directory}/{First.ToString("D20", CultureInfo.InvariantCulture)}";

    /// <summary>
    /// The segments of a journal, oldest first; none where there is no journal. Files of other names, and what is no file, are left alone.
    /// </summary>
    public static IReadOnlyList<EventSegment> All(string directory)
    {
        using FileDescriptor? listing = Files.TryOpenAt(FileDescriptor.CurrentDirectory, directory, Posix.O_RDONLY | Posix.O_DIRECTORY);
        if (listing is null)
        {
            return [];
        }

        var segments = new List<EventSegment>();
        foreach (DirectoryEntry entry in Files.ReadDirectory(listing))
        {
            if (
                entry.Type is Posix.DT_REG or Posix.DT_UNKNOWN
                && entry.Name.Length == EventFormat.NameLength
                && entry.Name.StartsWith("00", StringComparison.Ordinal)
                && long.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out long first)
            )
            {
                segments.Add(new EventSegment(directory, first));
            }
        }

        segments.Sort((left, right) => left.First.CompareTo(right.First));
        return segments;
    }

    /// <summary>What is before the first seal: the part that counts, and that is for ever as it is where there is one.</summary>
    public static ReadOnlySpan<byte> Counted(ReadOnlySpan<byte> content, out bool isSealed)
    {
        int seal = content.IndexOf(EventFormat.Seal);
        isSealed = seal >= 0;
        return isSealed ? content[..seal] : content;
    }

    /// <summary>
    /// Where the first seal is; null for none. No seal can be before <paramref name="limit"/>, the size at which one is written.
    /// </summary>
    public static long? FindSeal(FileDescriptor file, long limit)
    {
        byte[] tail = ReadFrom(file, limit);
        int seal = tail.AsSpan().IndexOf(EventFormat.Seal);
        return seal < 0 ? null : limit + seal;
    }

    /// <summary>The segment that follows this one, which is sealed at <paramref name="seal"/>.</summary>
    public EventSegment Next(FileDescriptor file, long seal)
    {
        long lines = 0;
        byte[] buffer = new byte[64 * 1024];
        for (long at = 0; at < seal; )
        {
            int length = file.ReadAt(buffer.AsSpan(0, (int)Math.Min(buffer.Length, seal - at)), at);
            if (length == 0)
            {
                break;
            }

            lines += buffer.AsSpan(0, length).Count((byte)'\n');
            at += length;
        }

        return this with
        {
            First = First + lines,
        };
    }

    private static byte[] ReadFrom(FileDescriptor file, long offset)
    {
        byte[] buffer = new byte[4096];
        int length = 0;
        while (file.ReadAt(buffer.AsSpan(length), offset + length) is var count && count > 0)
        {
            length += count;
            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }

        return buffer[..length];
    }
}
