using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Cgroups;

/// <summary>Reads what is mounted where. Texts in, so that hosts other than this one can be tried.</summary>
internal static class CgroupDetection
{
    /// <summary>Controllers that some limit or function of ours can use.</summary>
    public static readonly IReadOnlyList<string> Known =
    [
        "cpu",
        "cpuacct",
        "cpuset",
        "memory",
        "pids",
        "blkio",
        "io",
        "devices",
        "freezer",
        "hugetlb",
        "rdma",
        "net_cls",
        "net_prio",
    ];

    private static readonly string[] OnlyV1 = ["cpuacct", "blkio", "devices", "freezer", "net_cls", "net_prio"];

    public static CgroupHost Detect(IReadOnlyList<MountEntry> mounts, string ownGroups, Func<string> procCgroups)
    {
        List<CgroupHierarchy> hierarchies = [];
        HashSet<string> taken = [];
        foreach (MountEntry mount in mounts.Where(mount => mount.FileSystem == "cgroup"))
        {
            string[] controllers = [.. mount.SuperOptions.Split(',').Where(option => Known.Contains(option) && taken.Add(option))];
            if (controllers.Length > 0)
            {
                hierarchies.Add(new(mount.MountPoint, controllers, isUnified: false, OwnPath(mount, ownGroups, controllers[0])));
            }
        }

        MountEntry? unified = mounts.LastOrDefault(mount => mount.FileSystem == "cgroup2");
        if (unified is not null)
        {
            hierarchies.Add(new(unified.MountPoint, UnifiedControllers(unified, taken), isUnified: true, OwnPath(unified, ownGroups, "")));
        }

        CgroupVersion version =
            taken.Count == 0 ? CgroupVersion.V2
            : unified is null ? CgroupVersion.V1
            : CgroupVersion.Hybrid;
        return hierarchies.Count > 0 ? new(version, hierarchies, host => States(host, procCgroups())) : throw NothingMounted();
    }

    private static string[] UnifiedControllers(MountEntry unified, HashSet<string> taken)
    {
        string path = $"{unified.MountPoint}/cgroup.controllers";
        string text = Files.Exists(path) ? Files.ReadAllText(path) : "";
        return [.. text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Where(controller => !taken.Contains(controller))];
    }

    // A line is "4:memory:/own/path"; the v2 one is "0::/own/path". What the mount does not show (its root) is cut off.
    private static string OwnPath(MountEntry mount, string ownGroups, string controller)
    {
        foreach (string line in ownGroups.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split(':', 3);
            if (fields.Length == 3 && fields[1].Split(',').Contains(controller, StringComparer.Ordinal))
            {
                return mount.Root.Length > 1 && fields[2].StartsWith(mount.Root, StringComparison.Ordinal)
                    ? "/" + fields[2][mount.Root.Length..].TrimStart('/')
                    : fields[2];
            }
        }

        return "/";
    }

    private static List<CgroupControllerState> States(CgroupHost host, string procCgroups)
    {
        // "cpuset 3 1 1": name, hierarchy, number of groups, enabled.
        var kernel = ControlText
            .Lines(procCgroups)
            .Where(line => !line.StartsWith('#'))
            .Select(line => line.Split(['\t', ' '], StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length == 4)
            .ToDictionary(fields => fields[0], StringComparer.Ordinal);
        return [.. Known.Where(name => IsOfVersion(host, name)).Select(name => StateOf(host, name, kernel))];
    }

    private static bool IsOfVersion(CgroupHost host, string name) =>
        host.Version == CgroupVersion.V2 ? !OnlyV1.Contains(name) : name != "io";

    private static CgroupControllerState StateOf(CgroupHost host, string name, Dictionary<string, string[]> kernel)
    {
        if (host.HierarchyOf(name) is { } hierarchy)
        {
            return new(name, IsAvailable: true, hierarchy.MountPoint, null, null);
        }

        (string reason, string? hint) =
            !kernel.TryGetValue(name == "io" ? "blkio" : name, out string[]? fields)
                ? ("this kernel was built without it.", "Use a kernel that has it (see CONFIG_CGROUP_* of its configuration).")
            : fields[3] == "0" ? ("it is switched off.", $"Boot without cgroup_disable={name} (memory: with cgroup_enable=memory).")
            : WhyNotHere(host, name, fields[1]);
        return new(name, IsAvailable: false, null, reason, hint);
    }

    private static (string Reason, string? Hint) WhyNotHere(CgroupHost host, string name, string hierarchy) =>
        host.Version != CgroupVersion.V2 ? ("the kernel has it, but no hierarchy carries it.", CgroupHints.MountHint(name))
        : hierarchy != "0" ? ("it is bound to a cgroup v1 hierarchy.", "Unmount that hierarchy, or boot with cgroup_no_v1=all.")
        : ($"it was not delegated to {host.Unified!.MountPoint}.", "Ask systemd for it: Delegate=cpu cpuset io memory pids.");

    private static CgroupException NothingMounted() =>
        new(
            CgroupErrorKind.ControllerUnavailable,
            "No control group hierarchy is mounted.",
            "Mount one: mount -t cgroup2 none /sys/fs/cgroup"
        )
        {
            Errno = ENODEV,
        };
}
