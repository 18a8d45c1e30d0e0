using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Layers;

/// <summary>Reads the extended attributes of a file, without those of overlayfs; names end with NUL.</summary>
internal static class FileAttributes
{
    // XATTR_LIST_MAX and XATTR_SIZE_MAX (linux/limits.h).
    private const int Maximum = 65536;

    public static IReadOnlyList<(byte[] Name, byte[] Value)> Of(int fd) => Read(fd, default);

    /// <summary>Of the name itself, also when it is a symbolic link.</summary>
    public static IReadOnlyList<(byte[] Name, byte[] Value)> Of(int dirFd, ReadOnlySpan<byte> name) => Read(dirFd, name);

    private static List<(byte[] Name, byte[] Value)> Read(int fd, ReadOnlySpan<byte> entry)
    {
        // Nearly every file has none: ask for the length first, which needs no buffer.
        int length = entry.IsEmpty ? TreeCalls.ListAttributes(fd, default) : TreeCalls.ListAttributes(fd, entry, default);
        if (length is 0 or -Posix.EOPNOTSUPP)
        {
            return [];
        }

        LayerProblem.Check(length, "listing the attributes of", entry);
        byte[] names = new byte[Maximum];
        length = entry.IsEmpty ? TreeCalls.ListAttributes(fd, names) : TreeCalls.ListAttributes(fd, entry, names);
        LayerProblem.Check(length, "listing the attributes of", entry);

        var result = new List<(byte[] Name, byte[] Value)>();
        byte[] value = new byte[Maximum];
        for (Span<byte> rest = names.AsSpan(0, length); rest.Length > 0; )
        {
            int end = rest.IndexOf((byte)0) + 1;
            Span<byte> name = rest[..end];
            rest = rest[end..];
            if (!OverlayAttributes.MayBeSet(name[..^1]))
            {
                continue;
            }

            int got = entry.IsEmpty ? TreeCalls.GetAttribute(fd, name, value) : TreeCalls.GetAttribute(fd, entry, name, value);
            if (got == -Posix.ENODATA)
            {
                continue;
            }

            LayerProblem.Check(got, "reading an attribute of", entry);
            result.Add((name.ToArray(), value[..got]));
        }

        result.Sort((x, y) => x.Name.AsSpan().SequenceCompareTo(y.Name));
        return result;
    }
}
