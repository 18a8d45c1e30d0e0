using System.Collections.Concurrent;
using ContainerPS.Native.Cgroups;

namespace ContainerPS.Engine.Containers.Limits;

/// <summary>Which files this kernel has in a cgroup v2 group. The root has only a few of them: a group below it is looked at.</summary>
internal static class UnifiedFiles
{
    private static readonly ConcurrentDictionary<string, bool> Known = new(StringComparer.Ordinal);

    public static bool Exists(CgroupHost host, string file) =>
        host.Unified is { MountPoint: var mount }
        && Known.GetOrAdd(file, name => Directory.EnumerateDirectories(mount).Any(group => File.Exists($"{group}/{name}")));
}

/// <summary>Whether this kernel counts swap for control groups (swapaccount=0 turns it off).</summary>
internal static class SwapAccounting
{
    public static bool IsOn(CgroupHost host) =>
        host.Version == CgroupVersion.V2
            ? UnifiedFiles.Exists(host, "memory.swap.max")
            : host.HierarchyOf("memory") is { MountPoint: var mount } && V1(mount);

    private static readonly ConcurrentDictionary<string, bool> KnownV1 = new(StringComparer.Ordinal);

    private static bool V1(string mount) => KnownV1.GetOrAdd(mount, static path => File.Exists(path + "/memory.memsw.limit_in_bytes"));
}
