using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups.V1;

/// <summary>Documentation/scheduler/sched-bwc.rst, sched-design-CFS.rst.</summary>
internal static class Cpu
{
    public static void Add(SettingList list, LinuxCpu? cpu)
    {
        if (cpu is null)
        {
            return;
        }

        AddPriority(list, cpu, "cpu.shares", cpu.Shares is { } shares ? ControlText.Text(shares) : null);
        AddBandwidth(list, cpu);
        Set(list, "cpu.rt_period_us", cpu.RealtimePeriod is { } period ? ControlText.Text(period) : null);
        Set(list, "cpu.rt_runtime_us", cpu.RealtimeRuntime is { } runtime ? ControlText.Text(runtime) : null);
    }

    // An idle group has no shares and no weight to set (EINVAL): they are written before it becomes idle, or after it ceases to be.
    internal static void AddPriority(SettingList list, LinuxCpu cpu, string file, string? value)
    {
        string? idle = cpu.Idle is { } on ? ControlText.Text(on) : null;
        Set(list, "cpu.idle", idle == "0" ? idle : null);
        Set(list, file, value);
        Set(list, "cpu.idle", idle == "0" ? null : idle);
    }

    // The kernel checks after each write that the burst fits the quota and the ratio fits the group above: what shrinks goes first.
    private static void AddBandwidth(SettingList list, LinuxCpu cpu)
    {
        string? quota = cpu.Quota is { } us ? ControlText.Text(us <= 0 ? -1 : us) : null;
        string? period = cpu.Period is > 0 and var length ? ControlText.Text(length) : null;
        string? burst = cpu.Burst is { } saved ? ControlText.Text(saved) : null;
        bool burstShrinks = (ulong)(ControlText.Number(list.Old("cpu", "cpu.cfs_burst_us")) ?? 0) > (cpu.Burst ?? ulong.MaxValue);
        bool periodGrows = (ulong)(ControlText.Number(list.Old("cpu", "cpu.cfs_period_us")) ?? 100_000) <= (cpu.Period ?? 0);
        Set(list, "cpu.cfs_burst_us", burstShrinks ? burst : null);
        Set(list, "cpu.cfs_period_us", periodGrows ? period : null);
        Set(list, "cpu.cfs_quota_us", quota);
        Set(list, "cpu.cfs_period_us", periodGrows ? null : period);
        Set(list, "cpu.cfs_burst_us", burstShrinks ? null : burst);
    }

    internal static void Set(SettingList list, string file, string? value)
    {
        if (value is not null)
        {
            list.Set("cpu", file, value);
        }
    }
}
