using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Cgroups;

/// <summary>One mounted hierarchy.</summary>
public sealed class CgroupHierarchy
{
    internal CgroupHierarchy(string mountPoint, IReadOnlyList<string> controllers, bool isUnified, string ownPath)
    {
        MountPoint = mountPoint;
        DirectoryName = Path.GetFileName(mountPoint);
        Controllers = controllers;
        IsUnified = isUnified;
        OwnPath = ownPath;
    }

    public string MountPoint { get; }

    /// <summary>How it is known among the others: "cpu,cpuacct", "systemd".</summary>
    public string DirectoryName { get; }

    /// <summary>Controllers that work here; a v1 hierarchy may carry several ("cpu,cpuacct").</summary>
    public IReadOnlyList<string> Controllers { get; }

    /// <summary>The v2 hierarchy.</summary>
    public bool IsUnified { get; }

    /// <summary>The group of this process, from the mounted root.</summary>
    public string OwnPath { get; }

    public string PathOf(string group) => group == "/" ? MountPoint : MountPoint + group;

    public override string ToString() => MountPoint;

    internal CgroupDirectory Directory(string group) => new(PathOf(group));

    internal static (string Parent, string Name) Split(string group)
    {
        int slash = group.LastIndexOf('/');
        return (slash <= 0 ? "/" : group[..slash], group[(slash + 1)..]);
    }

    /// <summary>
    /// Makes a group; the ones above it too where they are missing, again when somebody removes them at that moment as empty. False when
    /// it was there.
    /// </summary>
    internal bool TryMake(string group)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return Directory(group).TryMake();
            }
            catch (LinuxException missing) when (missing.Errno == ENOENT && attempt < 5 && Split(group).Parent != "/")
            {
                TryMake(Split(group).Parent);
            }
        }
    }
}
