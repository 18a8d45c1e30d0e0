using System.Globalization;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Namespaces;

/// <summary>A namespace that a process is in.</summary>
/// <remarks><see cref="Inode"/> names it for as long as it exists; <see cref="IsHost"/> says that the reading process is in it
/// too.</remarks>
public sealed record NamespaceInfo(NamespaceType Type, ulong Inode, string Path, bool IsHost)
{
    /// <summary>The namespaces of a process that this kernel has and that may be read; empty when the process is gone.</summary>
    public static IReadOnlyList<NamespaceInfo> Of(int pid)
    {
        List<NamespaceInfo> infos = [];
        foreach (NamespaceType type in NamespaceType.All)
        {
            string path = type.PathOf(pid);
            if (InodeOf(path) is { } inode)
            {
                infos.Add(new(type, inode, path, InodeOf($"/proc/self/ns/{type.ProcName}") == inode));
            }
        }

        return infos;
    }

    /// <summary>The number in "net:[4026531840]"; null when the process or this kind of namespace does not exist.</summary>
    public static ulong? InodeOf(string path)
    {
        try
        {
            string link = Files.ReadLink(path);
            int open = link.IndexOf('[', StringComparison.Ordinal);
            return open > 0 ? ulong.Parse(link.AsSpan(open + 1).TrimEnd(']'), CultureInfo.InvariantCulture) : null;
        }
        catch (LinuxException gone) when (gone.Errno is ENOENT or ESRCH)
        {
            return null;
        }
    }

    /// <summary>Whether a path (a bind mount or a link in procfs) is a namespace at all, by its file system.</summary>
    public static unsafe bool IsNamespaceFile(string path)
    {
        Interop.statfs buffer;
        LinuxException.Check(statfs(path, &buffer), $"statfs({path})");
        return buffer.f_type == NSFS_MAGIC;
    }
}
