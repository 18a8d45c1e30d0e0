namespace ContainerPS.Native.Cgroups;

/// <summary>
/// The cgroup of monitors below a cgroup parent. v1: the parent itself, in the hierarchies by which a process can be limited, frozen or
/// killed with its group. v2: a leaf beside the containers, because a group that hands controllers down holds no processes (man 7 cgroups,
/// "no internal processes").
/// </summary>
/// <param name="Directory">To be made first, where it is missing; null for none.</param>
/// <param name="JoinFiles">A process joins by writing 0 to each.</param>
public sealed record MonitorGroup(string? Directory, IReadOnlyList<string> JoinFiles)
{
    private static readonly string[] Controllers = ["cpu", "memory", "pids", "freezer"];

    /// <summary>
    /// The group below <paramref name="parent"/>, a path as from the root of each hierarchy; null when that is the root itself.
    /// </summary>
    public static MonitorGroup? Below(CgroupHost host, string parent)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(parent);
        string path = parent.TrimEnd('/');
        if (path.Length == 0)
        {
            return null;
        }

        if (host.Version == CgroupVersion.V2)
        {
            string directory = host.Unified!.PathOf($"{path}/monitors");
            return new MonitorGroup(directory, [$"{directory}/cgroup.procs"]);
        }

        return new MonitorGroup(
            null,
            [
                .. Controllers
                    .Select(host.HierarchyOf)
                    .OfType<CgroupHierarchy>()
                    .Distinct()
                    .Select(hierarchy => $"{hierarchy.PathOf(path)}/tasks"),
            ]
        );
    }
}
