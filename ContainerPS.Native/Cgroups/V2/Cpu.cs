using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups.V2;

/// <summary>Documentation/admin-guide/cgroup-v2.rst, "CPU Interface Files".</summary>
internal static class Cpu
{
    private const string DefaultPeriod = "100000";

    public static void Add(SettingList list, LinuxCpu? cpu)
    {
        if (cpu is null)
        {
            return;
        }

        if (cpu.RealtimePeriod is not null || cpu.RealtimeRuntime is not null)
        {
            throw CgroupException.Unavailable(
                "cpu",
                "Realtime budgets cannot be set: cgroup v2 has none.",
                "Leave cpu.realtimeRuntime and cpu.realtimePeriod out."
            );
        }

        V1.Cpu.AddPriority(
            list,
            cpu,
            "cpu.weight",
            cpu.Shares is { } shares ? ControlText.Text(CgroupConversion.WeightFromShares(shares)) : null
        );
        AddBandwidth(list, cpu);
    }

    // Quota and period are one write; the one that is not asked for stays as it is. A burst must fit the quota after each write.
    private static void AddBandwidth(SettingList list, LinuxCpu cpu)
    {
        string? burst = cpu.Burst is { } saved ? ControlText.Text(saved) : null;
        bool burstShrinks = (ulong)(ControlText.Number(list.Old("cpu", "cpu.max.burst")) ?? 0) > (cpu.Burst ?? ulong.MaxValue);
        V1.Cpu.Set(list, "cpu.max.burst", burstShrinks ? burst : null);
        V1.Cpu.Set(list, "cpu.max", Max(list, cpu));
        V1.Cpu.Set(list, "cpu.max.burst", burstShrinks ? null : burst);
    }

    private static string? Max(SettingList list, LinuxCpu cpu)
    {
        if (cpu.Quota is null && cpu.Period is null or 0)
        {
            return null;
        }

        string[] old = (list.Old("cpu", "cpu.max") ?? $"max {DefaultPeriod}").Split(' ');
        string quota = cpu.Quota is { } us ? ControlText.MaxOr(us == 0 ? -1 : us) : old[0];
        string period = cpu.Period is > 0 and var length ? ControlText.Text(length) : old[^1];
        return $"{quota} {period}";
    }
}
