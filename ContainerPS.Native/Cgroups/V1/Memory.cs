using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups.V1;

/// <summary>Documentation/admin-guide/cgroup-v1/memory.rst.</summary>
internal static class Memory
{
    private const string Limit = "memory.limit_in_bytes";
    private const string Total = "memory.memsw.limit_in_bytes";

    public static void Add(SettingList list, LinuxMemory? memory)
    {
        if (memory is null)
        {
            return;
        }

        CheckUsage(list, memory);
        AddLimits(list, memory.Limit, TotalOf(memory));
        Set(list, "memory.soft_limit_in_bytes", memory.Reservation);
        Set(list, "memory.kmem.tcp.limit_in_bytes", memory.KernelTCP);
        Set(list, "memory.swappiness", (long?)memory.Swappiness);
        Set(list, "memory.oom_control", memory.DisableOOMKiller is { } disabled ? (disabled ? 1 : 0) : null);
    }

    // Lifting the memory limit alone would leave the sum of memory and swap below it.
    private static long? TotalOf(LinuxMemory memory) => memory.Swap ?? (memory.Limit == -1 ? -1 : null);

    // The limit must never be above the sum of memory and swap, not even between two writes: growing starts with the sum, shrinking
    // with the limit.
    private static void AddLimits(SettingList list, long? limit, long? total)
    {
        if (total is not null && !list.Has("memory", Total))
        {
            total = SwapIsNotCounted(list, total.Value);
        }

        long? currentTotal = ControlText.Limit(list.Old("memory", Total));
        bool limitOutgrowsTotal = currentTotal is not null && limit is not null && (limit < 0 || limit > currentTotal);
        if (limitOutgrowsTotal && total is null)
        {
            throw CgroupException.Invalid(
                "memory.limit",
                limit!.Value,
                $"Memory and swap together are limited to {currentTotal}: raise the swap limit in the same change."
            );
        }

        if (limitOutgrowsTotal)
        {
            Set(list, Total, total);
        }

        Set(list, Limit, limit);
        if (!limitOutgrowsTotal)
        {
            Set(list, Total, total);
        }
    }

    // "No limit" is what a kernel without swap accounting gives anyway.
    private static long? SwapIsNotCounted(SettingList list, long total) =>
        total == -1
            ? null
            : throw CgroupException.Unavailable(
                "memory",
                $"Swap cannot be limited to {total}: this kernel does not count it.",
                "Boot with swapaccount=1, or leave the swap limit out."
            );

    // runtime-spec config-linux.md, checkBeforeUpdate: refuse rather than let the OOM killer make room.
    private static void CheckUsage(SettingList list, LinuxMemory memory)
    {
        long? usage = memory.CheckBeforeUpdate == true ? ControlText.Number(list.Old("memory", "memory.usage_in_bytes")) : null;
        if (usage > memory.Limit && memory.Limit >= 0)
        {
            throw CgroupException.Invalid("memory.limit", memory.Limit, $"{usage} bytes are in use.");
        }
    }

    private static void Set(SettingList list, string file, long? value)
    {
        if (value is { } number)
        {
            list.Set("memory", file, ControlText.Text(number));
        }
    }
}
