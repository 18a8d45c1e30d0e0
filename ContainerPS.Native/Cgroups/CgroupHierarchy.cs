using System.Collections.Concurrent;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Cgroups;

/// <summary>
/// One mounted hierarchy. Directories that groups are made in are kept open: making a group in the same parent again takes one call.
/// </summary>
public sealed class CgroupHierarchy
{
    private readonly ConcurrentDictionary<string, FileDescriptor> _parents = new(StringComparer.Ordinal);

    internal CgroupHierarchy(string mountPoint, IReadOnlyList<string> controllers, bool isUnified, string ownPath)
    {
        MountPoint = mountPoint;
        Controllers = controllers;
        IsUnified = isUnified;
        OwnPath = ownPath;
    }

    public string MountPoint { get; }

    /// <summary>Controllers that work here; a v1 hierarchy may carry several ("cpu,cpuacct").</summary>
    public IReadOnlyList<string> Controllers { get; }

    /// <summary>The v2 hierarchy.</summary>
    public bool IsUnified { get; }

    /// <summary>The group of this process, from the mounted root.</summary>
    public string OwnPath { get; }

    public string PathOf(string group) => MountPoint + (group == "/" ? "" : group);

    /// <summary>
    /// The directory of a group that may or may not exist; null when the one above it does not. A kept parent that was removed and made
    /// anew by somebody else answers like a missing group, so a missing group is looked for once more by its whole path.
    /// </summary>
    internal CgroupDirectory? Directory(string group)
    {
        (string parent, string name) = Split(group);
        CgroupDirectory? directory = Parent(parent, make: false) is { } anchor ? new(anchor, name, PathOf(group)) : null;
        if (directory is { Exists: false })
        {
            _parents.TryRemove(parent, out _);
            directory = Parent(parent, make: false) is { } fresh ? new(fresh, name, PathOf(group)) : null;
        }

        return directory;
    }

    /// <summary>The same, making the groups above it where they are missing.</summary>
    internal CgroupDirectory DirectoryInParent(string group)
    {
        (string parent, string name) = Split(group);
        return new(Parent(parent, make: true)!, name, PathOf(group));
    }

    /// <summary>A kept directory may have been removed and made anew by somebody else; forget it and look again.</summary>
    internal void Forget(string group) => _parents.TryRemove(Split(group).Parent, out _);

    internal static (string Parent, string Name) Split(string group)
    {
        int slash = group.LastIndexOf('/');
        return (slash <= 0 ? "/" : group[..slash], group[(slash + 1)..]);
    }

    public override string ToString() => MountPoint;

    private FileDescriptor? Parent(string path, bool make)
    {
        if (_parents.TryGetValue(path, out FileDescriptor? known))
        {
            return known;
        }

        if (make && path != "/")
        {
            DirectoryInParent(path).TryMake();
        }

        FileDescriptor? opened = Files.TryOpenAt(FileDescriptor.CurrentDirectory, PathOf(path), O_PATH | O_DIRECTORY);
        if (opened is null && make)
        {
            throw new LinuxException($"openat(AT_FDCWD, \"{PathOf(path)}\", O_PATH|O_DIRECTORY)", ENOENT);
        }

        // Two threads may both open it; the loser's descriptor is closed by its finalizer.
        return opened is null ? null : _parents.GetOrAdd(path, opened);
    }
}
