namespace ContainerPS.Engine.Containers.Bundle;

/// <summary>
/// What of procfs and sysfs a container may not see or not change: Docker's lists. What a kernel lacks is skipped by the runtime.
/// </summary>
internal static class KernelPaths
{
    /// <remarks>powercap tells power use finely enough to read other tenants' secrets (CVE-2020-8694); interrupts and thermal throttling
    /// tell their rhythm.</remarks>
    public static IReadOnlyList<string> Masked { get; } =
    [
        "/proc/acpi",
        "/proc/asound",
        "/proc/interrupts",
        "/proc/kcore",
        "/proc/keys",
        "/proc/latency_stats",
        "/proc/sched_debug",
        "/proc/scsi",
        "/proc/timer_list",
        "/proc/timer_stats",
        "/sys/devices/virtual/powercap",
        "/sys/firmware",
        .. ThermalThrottling(),
    ];

    public static IReadOnlyList<string> ReadOnly { get; } = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    private static IEnumerable<string> ThermalThrottling()
    {
        for (int cpu = 0; cpu < Native.Linux.HostFacts.OnlineCpus; cpu++)
        {
            string path = FormattableString.Invariant($"/sys/devices/system/cpu/cpu{cpu}/thermal_throttle");
            if (Directory.Exists(path))
            {
                yield return path;
            }
        }
    }
}
