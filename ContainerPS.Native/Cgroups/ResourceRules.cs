using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups;

/// <summary>What is wrong with limits by themselves, on any host: checked before anything is touched.</summary>
internal static class ResourceRules
{
    public static void Check(LinuxResources resources)
    {
        CheckCpu(resources.Cpu);
        CheckMemory(resources.Memory);
        CheckBlockIO(resources.BlockIO);
        foreach (LinuxDeviceCgroup rule in resources.Devices ?? [])
        {
            DeviceRule.From(rule);
        }

        foreach (string file in resources.Unified?.Keys ?? [])
        {
            CheckUnified(file);
        }
    }

    private static void CheckCpu(LinuxCpu? cpu)
    {
        // kernel/sched/core.c: min_cfs_quota_period 1 ms, max_cfs_quota_period 1 s; shares are clamped silently outside their range.
        Within("cpu.period", cpu?.Period, 1000, 1_000_000, "microseconds");
        Within("cpu.shares", cpu?.Shares, 2, 262144, "shares");
        Within("cpu.idle", cpu?.Idle, 0, 1, "0 or 1");
        if (cpu?.Quota is > 0 and < 1000)
        {
            throw CgroupException.Invalid(
                "cpu.quota",
                cpu.Quota,
                "The kernel takes no less than 1000 microseconds (0.01 CPUs at the usual period)."
            );
        }

        CheckList("cpu.cpus", cpu?.Cpus);
        CheckList("cpu.mems", cpu?.Mems);
    }

    private static void CheckMemory(LinuxMemory? memory)
    {
        Within("memory.swappiness", memory?.Swappiness, 0, 200, "0 to 200");
        AtLeastUnlimited("memory.limit", memory?.Limit);
        AtLeastUnlimited("memory.reservation", memory?.Reservation);
        AtLeastUnlimited("memory.swap", memory?.Swap);
        if (memory?.Swap is >= 0 && memory.Swap < memory.Limit)
        {
            throw CgroupException.Invalid(
                "memory.swap",
                memory.Swap,
                $"It counts memory and swap together, so it is at least the memory limit ({memory.Limit})."
            );
        }

        if (memory?.Reservation is > 0 && memory.Limit is >= 0 && memory.Reservation > memory.Limit)
        {
            throw CgroupException.Invalid(
                "memory.reservation",
                memory.Reservation,
                $"What is reserved cannot be more than the limit ({memory.Limit})."
            );
        }
    }

    private static void CheckBlockIO(LinuxBlockIO? io)
    {
        Within("blockIO.weight", io?.Weight, 10, 1000, "10 to 1000");
        foreach (LinuxWeightDevice device in io?.WeightDevice ?? [])
        {
            Within("blockIO.weightDevice", device.Weight, 10, 1000, "10 to 1000");
        }
    }

    private static void CheckUnified(string file)
    {
        bool plain =
            file.Length > 0
            && !file.Contains('/', StringComparison.Ordinal)
            && file.Contains('.', StringComparison.Ordinal)
            && file[0] != '.';
        bool ours = file.StartsWith("cgroup.", StringComparison.Ordinal) && file is not ("cgroup.max.depth" or "cgroup.max.descendants");
        if (!plain || ours)
        {
            throw CgroupException.Invalid(
                "A key of unified",
                $"'{file}'",
                "It is the name of a cgroup v2 control file, such as memory.high."
            );
        }
    }

    private static void CheckList(string name, string? list)
    {
        if (list is { Length: > 0 } && CpuList.TryParse(list) is null)
        {
            throw CgroupException.Invalid(name, $"'{list}'", "Write numbers and ranges, such as 0-1,3.");
        }
    }

    // Wide enough for every number of the spec: a cast would turn the largest ones into small ones that pass.
    private static void Within(string name, Int128? value, long first, long last, string unit)
    {
        if (value is { } number && (number < first || number > last))
        {
            throw CgroupException.Invalid(name, number, $"It takes {first} to {last} ({unit}).");
        }
    }

    private static void AtLeastUnlimited(string name, long? bytes)
    {
        if (bytes < -1)
        {
            throw CgroupException.Invalid(name, bytes, "It takes a number of bytes, or -1 for no limit.");
        }
    }
}
