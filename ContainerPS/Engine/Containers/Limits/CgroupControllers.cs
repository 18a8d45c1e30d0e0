using ContainerPS.Native.Cgroups;
using Oci = ContainerPS.Native.Oci;

namespace ContainerPS.Engine.Containers.Limits;

/// <summary>
/// Controllers that a container's group is made for. They must be known before its first process joins: a hierarchy that is added later
/// costs the move of every process, and each that is not needed costs the start.
/// </summary>
internal static class CgroupControllers
{
    private static readonly string[] Ordinary = ["cpu", "cpuacct", "memory", "pids", "freezer", "devices", "blkio"];

    /// <summary>Null for the ordinary ones.</summary>
    public static IEnumerable<string>? For(Oci.LinuxResources resources, CgroupHost host)
    {
        // On v2 a group is in one hierarchy anyhow, and Apply turns on what a limit needs.
        if (host.Version == CgroupVersion.V2)
        {
            return null;
        }

        var more = new List<string>();
        if (resources.Cpu is { Cpus: not null } or { Mems: not null })
        {
            more.Add("cpuset");
        }

        if (resources.HugepageLimits is { Count: > 0 })
        {
            more.Add("hugetlb");
        }

        if (resources.Rdma is { Count: > 0 })
        {
            more.Add("rdma");
        }

        return more.Count == 0 ? null : [.. Ordinary.Where(host.Has), .. more];
    }
}
