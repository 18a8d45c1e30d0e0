using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups.V2;

/// <summary>Documentation/admin-guide/cgroup-v2.rst, "Memory Interface Files".</summary>
internal static class Memory
{
    public static void Add(SettingList list, LinuxMemory? memory)
    {
        if (memory is null)
        {
            return;
        }

        RefuseV1Only(memory);
        CheckUsage(list, memory);
        Set(list, "memory.max", memory.Limit);
        Set(list, "memory.low", memory.Reservation);
        AddSwap(list, memory);
    }

    // v1 counts memory and swap together. A limit that is not part of this change is the one in force.
    private static void AddSwap(SettingList list, LinuxMemory memory)
    {
        if (memory.Swap is not { } total)
        {
            Set(list, "memory.swap.max", memory.Limit == -1 && list.Has("memory", "memory.swap.max") ? -1 : null);
            return;
        }

        long? limit = memory.Limit is >= 0 and var asked ? asked : ControlText.Limit(list.Old("memory", "memory.max"));
        if (total >= 0 && limit is null)
        {
            throw CgroupException.Invalid("memory.swap", total, "It counts memory and swap together: set a memory limit with it.");
        }

        long swap = CgroupConversion.SwapMaxFromTotal(total, limit ?? 0);
        if (swap < -1 || (swap < 0 && total >= 0))
        {
            throw CgroupException.Invalid(
                "memory.swap",
                total,
                $"It counts memory and swap together, so it is at least the memory limit ({limit})."
            );
        }

        if (list.Has("memory", "memory.swap.max"))
        {
            Set(list, "memory.swap.max", swap);
        }
        else if (swap > 0)
        {
            throw CgroupException.Unavailable(
                "memory",
                $"Swap cannot be limited to {swap}: this kernel does not count it.",
                "Boot with swapaccount=1, or leave the swap limit out."
            );
        }
    }

    private static void RefuseV1Only(LinuxMemory memory)
    {
        if (memory.Swappiness is not null)
        {
            throw CgroupException.Unavailable(
                "memory",
                "memory.swappiness cannot be set: cgroup v2 has no such file.",
                "Limit swap with memory.swap."
            );
        }

        if (memory.DisableOOMKiller == true)
        {
            throw CgroupException.Unavailable(
                "memory",
                "memory.disableOOMKiller cannot be set: cgroup v2 has no such file.",
                "Throttle before the limit with memory.high (unified)."
            );
        }
    }

    // runtime-spec config-linux.md, checkBeforeUpdate: on v2 a lower limit makes room by killing.
    private static void CheckUsage(SettingList list, LinuxMemory memory)
    {
        long? usage = memory.CheckBeforeUpdate == true ? ControlText.Number(list.Old("memory", "memory.current")) : null;
        if (usage > memory.Limit && memory.Limit >= 0)
        {
            throw CgroupException.Invalid("memory.limit", memory.Limit, $"{usage} bytes are in use.");
        }
    }

    private static void Set(SettingList list, string file, long? value)
    {
        if (value is { } number)
        {
            list.Set("memory", file, ControlText.MaxOr(number));
        }
    }
}
