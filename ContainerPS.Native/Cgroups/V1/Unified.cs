namespace ContainerPS.Native.Cgroups.V1;

/// <summary>runtime-spec config-linux.md, "Unified": v2 files. A hybrid host has those of the controllers on its v2 hierarchy.</summary>
internal static class Unified
{
    private static readonly Dictionary<string, string> Instead = new(StringComparer.Ordinal)
    {
        ["memory.max"] = "memory.limit",
        ["memory.low"] = "memory.reservation",
        ["memory.swap.max"] = "memory.swap",
        ["cpu.max"] = "cpu.quota and cpu.period",
        ["cpu.max.burst"] = "cpu.burst",
        ["cpu.weight"] = "cpu.shares",
        ["cpu.idle"] = "cpu.idle",
        ["cpuset.cpus"] = "cpu.cpus",
        ["cpuset.mems"] = "cpu.mems",
        ["pids.max"] = "pids.limit",
        ["io.max"] = "blockIO.throttle…Device",
        ["io.weight"] = "blockIO.weight",
        ["io.bfq.weight"] = "blockIO.weight",
    };

    public static void Add(SettingList list, IReadOnlyDictionary<string, string>? files)
    {
        foreach ((string file, string value) in files ?? new Dictionary<string, string>())
        {
            string controller = file[..file.IndexOf('.', StringComparison.Ordinal)];
            if (list.Host.HierarchyOf(controller) is not { IsUnified: true })
            {
                throw NotHere(file, controller);
            }

            V2.Unified.Add(list, controller, file, value);
        }
    }

    private static CgroupException NotHere(string file, string controller) =>
        CgroupException.Unavailable(
            controller,
            $"{file} cannot be set: it is a file of cgroup v2, and this host keeps '{controller}' on cgroup v1.",
            Instead.TryGetValue(file, out string? limit)
                ? $"Set {limit} instead."
                : "cgroup v1 has nothing like it. Boot with systemd.unified_cgroup_hierarchy=1."
        );
}
