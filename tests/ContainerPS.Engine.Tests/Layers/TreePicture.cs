using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Layers;

/// <summary>A tree as text: what two trees must have in common to be the same.</summary>
internal static class TreePicture
{
    public static string Of(string directory, bool nanoseconds = true, bool attributes = true)
    {
        IOrderedEnumerable<string> names = Directory
            .EnumerateFileSystemEntries(directory, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(path => Path.GetRelativePath(directory, path))
            .Order(StringComparer.Ordinal);
        var inodes = new Dictionary<ulong, string>();
        return string.Join('\n', names.Select(name => Line(directory, name, inodes, nanoseconds, attributes)));
    }

    private static string Line(string directory, string name, Dictionary<ulong, string> inodes, bool nanoseconds, bool attributes)
    {
        using FileDescriptor parent = Files.OpenDirectory(Path.GetDirectoryName(Path.Combine(directory, name))!);
        string entry = Path.GetFileName(name);
        FileStatus status = Files.StatusAt(parent, entry);
        // Which names are one file, told by the first of them.
        string first =
            status.Links > 1 && !status.IsDirectory
                ? inodes.TryGetValue(status.Inode, out string? known)
                    ? known
                    : inodes[status.Inode] = name
                : "";
        long time = nanoseconds ? status.ModifiedNanoseconds : status.ModifiedNanoseconds / 1_000_000_000;
        string content =
            status.IsRegular
                ? Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(Files.ReadAllBytes(Path.Combine(directory, name))))[..12]
            : status.IsSymlink ? Files.ReadLinkAt(parent, entry)
            : "";
        string extra = attributes ? string.Join(',', Files.ListAttributesAt(parent, entry).Order(StringComparer.Ordinal)) : "";
        return $"{name} {status.Mode:x} {status.Uid}:{status.Gid} {(status.IsDirectory ? 0 : status.Size)} "
            + $"{status.DeviceMajor}:{status.DeviceMinor} {time} {first} {content} {extra}";
    }
}
