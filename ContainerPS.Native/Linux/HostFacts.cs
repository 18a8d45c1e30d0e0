using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

/// <summary>What is true of this machine as long as it runs; read once, when first asked for.</summary>
public static class HostFacts
{
    private static readonly Lazy<string> LazyBootId = new(() => Files.ReadAllText("/proc/sys/kernel/random/boot_id").Trim());
    private static readonly Lazy<string> LazyRelease = new(() => Files.ReadAllText("/proc/sys/kernel/osrelease").Trim());
    private static readonly Lazy<Version> LazyKernel = new(() => ParseRelease(LazyRelease.Value));
    private static readonly Lazy<long> LazyMemory = new(() => sysconf(_SC_PHYS_PAGES) * Environment.SystemPageSize);

    /// <summary>Distinguishes one boot from the next.</summary>
    public static string BootId => LazyBootId.Value;

    /// <summary>"6.1.0-28-cloud-amd64".</summary>
    public static string KernelRelease => LazyRelease.Value;

    /// <summary>The leading numbers of the release.</summary>
    public static Version Kernel => LazyKernel.Value;

    /// <summary>Processors that are online now, whatever this process may use of them.</summary>
    public static int OnlineCpus => (int)sysconf(_SC_NPROCESSORS_ONLN);

    public static long MemoryBytes => LazyMemory.Value;

    /// <summary>Effective uid 0. In a user namespace too: what is allowed is only known by asking for it.</summary>
    public static bool IsRoot { get; } = geteuid() == 0;

    public static uint Uid { get; } = geteuid();

    public static uint Gid { get; } = getegid();

    /// <summary>Clock ticks a second, the unit of start times in procfs.</summary>
    public static long ClockTicks { get; } = sysconf(_SC_CLK_TCK);

    public static bool KernelIsAtLeast(int major, int minor) => Kernel >= new Version(major, minor);

    /// <summary>OCI and Docker name of the architecture: "amd64", "arm64".</summary>
    public static string Architecture =>
        RuntimeInformation.ProcessArchitecture switch
        {
            System.Runtime.InteropServices.Architecture.X64 => "amd64",
            System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
            var other => other.ToString().ToLowerInvariant(),
        };

    /// <summary>Nanoseconds since 1970 (CLOCK_REALTIME).</summary>
    public static long RealtimeNanoseconds => Clock(CLOCK_REALTIME);

    /// <summary>Nanoseconds since boot that no clock setting moves (CLOCK_MONOTONIC).</summary>
    public static long MonotonicNanoseconds => Clock(CLOCK_MONOTONIC);

    internal static Version ParseRelease(string release)
    {
        string[] parts = release.Split('.', '-', '+', '_', '~');
        return new(Leading(parts, 0), Leading(parts, 1), Leading(parts, 2));
    }

    private static int Leading(string[] parts, int index) =>
        index < parts.Length && int.TryParse(parts[index], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;

    private static unsafe long Clock(int clock)
    {
        Interop.timespec time;
        LinuxException.Check(clock_gettime(clock, &time), $"clock_gettime({clock})");
        return (time.tv_sec * 1_000_000_000) + time.tv_nsec;
    }
}
