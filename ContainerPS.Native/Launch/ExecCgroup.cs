using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Launch.Planner;
using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Launch;

/// <summary>Which cgroup an exec enters.</summary>
internal static class ExecCgroup
{
    private const string Unified = "0::";

    /// <summary>
    /// On v2 a container that has an init system of its own gives controllers to sub-groups; the kernel then refuses processes in the
    /// container's group (EBUSY, "no internal processes"), and the exec joins the group that init itself is in.
    /// </summary>
    public static CgroupEntry EntryOf(ExecRequest request)
    {
        // In which hierarchies of v1 the container is shows when the process joins: to look beforehand costs a tenth of a millisecond.
        CgroupEntry entry = HostFactsReader.WayInto(request.Cgroup, mayMiss: true);
        if (entry.V2Directory is not { } directory || Files.ReadAllText($"{directory}/cgroup.subtree_control").Trim().Length == 0)
        {
            return entry;
        }

        string own = Files
            .ReadAllText($"/proc/{request.ContainerPid}/cgroup")
            .Split('\n')
            .First(line => line.StartsWith(Unified, StringComparison.Ordinal))[Unified.Length..];
        return entry with { V2Directory = HierarchyOf(request.Cgroup!).PathOf(own) };
    }

    private static CgroupHierarchy HierarchyOf(Cgroup cgroup) =>
        cgroup.Host.Unified ?? throw new InvalidOperationException("A cgroup v2 has no hierarchy.");
}
