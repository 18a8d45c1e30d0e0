using System.Globalization;
using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;
using Oci = ContainerPS.Native.Oci;

namespace ContainerPS.Engine.Containers.Limits;

/// <summary>
/// A request in the runtime-spec's terms. What the spec has no field for goes by the name of its cgroup v2 file; a weight goes as shares
/// where the host counts in shares, so that what is asked for is what is written.
/// </summary>
internal static class LimitResources
{
    private const long DefaultPeriodMicroseconds = 100_000;

    public static Oci.LinuxResources From(CgroupLimitRequest request, CgroupHost host)
    {
        var unified = new Dictionary<string, string>(request.Unified ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        var resources = new Oci.LinuxResources
        {
            Cpu = Cpu(request, host, unified),
            Memory = Memory(request, host, unified),
            Pids = request.PidsMax is { } pids ? new Oci.LinuxPids { Limit = pids } : null,
            BlockIO = BlockIO(request, host, unified),
            HugepageLimits = request.HugetlbMax is { Count: > 0 } pages
                ? [.. pages.Select(page => new Oci.LinuxHugepageLimit { PageSize = page.PageSize, Limit = Unlimited(page.Limit) })]
                : null,
        };
        return unified.Count == 0 ? resources : resources with { Unified = unified };
    }

    private static Oci.LinuxCpu? Cpu(CgroupLimitRequest request, CgroupHost host, Dictionary<string, string> unified)
    {
        Put(unified, "cpu.uclamp.min", request.CpuUclampMin);
        Put(unified, "cpu.uclamp.max", request.CpuUclampMax);
        bool v2 = host.Version == CgroupVersion.V2;
        if (v2 && request.CpuWeight is { } weight)
        {
            Put(unified, "cpu.weight", Text(weight));
        }

        var cpu = new Oci.LinuxCpu
        {
            Quota = request.Cpus is { } cpus ? Quota(cpus, request.CpuPeriod) : request.CpuQuota,
            Period =
                request.CpuPeriod is { } period ? (ulong)period
                : request.Cpus > 0 ? (ulong)DefaultPeriodMicroseconds
                : null,
            Burst = request.CpuBurst is { } burst ? (ulong)burst : null,
            Shares =
                request.CpuShares is { } shares ? (ulong)shares
                : request.CpuWeight is { } asShares && !v2 ? (ulong)CgroupConversion.SharesFromWeight(asShares)
                : null,
            Idle = request.CpuIdle is { } idle ? (idle ? 1 : 0) : null,
            Cpus = request.CpusetCpus,
            Mems = request.CpusetMems,
        };
        return cpu == new Oci.LinuxCpu() ? null : cpu;
    }

    private static long Quota(decimal cpus, long? period) => cpus < 0 ? -1 : (long)(cpus * (period ?? DefaultPeriodMicroseconds));

    private static Oci.LinuxMemory? Memory(CgroupLimitRequest request, CgroupHost host, Dictionary<string, string> unified)
    {
        Put(unified, "memory.high", Bytes(request.MemoryHigh));
        Put(unified, "memory.min", Bytes(request.MemoryMin));
        if (request.MemoryOomGroup is { } group)
        {
            Put(unified, "memory.oom.group", group ? "1" : "0");
        }

        if (request.MemoryMax is null && request.MemorySwapMax is not null && host.Version == CgroupVersion.V2)
        {
            Put(unified, "memory.swap.max", Bytes(request.MemorySwapMax));
        }

        var memory = new Oci.LinuxMemory
        {
            Limit = request.MemoryMax,
            Reservation = request.MemoryLow,
            Swap = Swap(request, host),
        };
        return memory == new Oci.LinuxMemory() ? null : memory;
    }

    /// <summary>
    /// Memory and swap together. Without a word on swap a container may swap as much as its memory, as in Docker: a limit that swap lets it
    /// evade is none.
    /// </summary>
    private static long? Swap(CgroupLimitRequest request, CgroupHost host)
    {
        if (request.MemorySwap is { } total)
        {
            return total;
        }

        if (request.MemoryMax is not { } memory)
        {
            return request.MemorySwapMax is null || host.Version == CgroupVersion.V2
                ? null
                : throw Invalid.Argument(
                    "MemorySwapMax needs MemoryMax beside it on this host: cgroup v1 counts memory and swap together.",
                    "MemorySwapMax"
                );
        }

        if (request.MemorySwapMax is { } swap)
        {
            return swap < 0 || memory < 0 ? -1 : memory + swap;
        }

        if (!SwapAccounting.IsOn(host))
        {
            return null;
        }

        return memory < 0 ? -1 : memory * 2;
    }

    private static Oci.LinuxBlockIO? BlockIO(CgroupLimitRequest request, CgroupHost host, Dictionary<string, string> unified)
    {
        // One write a line, as the kernel takes them.
        if (request.IoLatency is { Count: > 0 } latencies)
        {
            Put(
                unified,
                "io.latency",
                string.Join(
                    '\n',
                    latencies.Select(l => string.Create(CultureInfo.InvariantCulture, $"{Device(l.Device)} target={l.Target.Ticks / 10}"))
                )
            );
        }

        bool plainWeight = host.Version == CgroupVersion.V2 && UnifiedFiles.Exists(host, "io.weight");
        if (plainWeight && request.IoWeight is { } weight)
        {
            Put(unified, "io.weight", Text(weight));
        }

        var io = new Oci.LinuxBlockIO
        {
            Weight = request.IoWeight is { } blkio && !plainWeight ? (ushort)CgroupConversion.BlkioFromIoWeight(blkio) : null,
            ThrottleReadBpsDevice = Throttles(request, limit => limit.ReadBps),
            ThrottleWriteBpsDevice = Throttles(request, limit => limit.WriteBps),
            ThrottleReadIOPSDevice = Throttles(request, limit => limit.ReadIops),
            ThrottleWriteIOPSDevice = Throttles(request, limit => limit.WriteIops),
        };
        return io == new Oci.LinuxBlockIO() ? null : io;
    }

    private static List<Oci.LinuxThrottleDevice>? Throttles(CgroupLimitRequest request, Func<IoLimit, long?> rate)
    {
        List<Oci.LinuxThrottleDevice>? throttles = null;
        foreach (IoLimit limit in request.IoMax ?? [])
        {
            if (rate(limit) is not { } value)
            {
                continue;
            }

            (long major, long minor) = Numbers(limit.Device);
            (throttles ??= []).Add(
                new Oci.LinuxThrottleDevice
                {
                    Major = major,
                    Minor = minor,
                    Rate = value < 0 ? 0 : (ulong)value,
                }
            );
        }

        return throttles;
    }

    /// <summary>major:minor of a device given so or by its node.</summary>
    public static string Device(string device)
    {
        (long major, long minor) = Numbers(device);
        return string.Create(CultureInfo.InvariantCulture, $"{major}:{minor}");
    }

    private static (long Major, long Minor) Numbers(string device)
    {
        if (device.Split(':') is [var major, var minor] && !device.Contains('/', StringComparison.Ordinal))
        {
            return (long.Parse(major, CultureInfo.InvariantCulture), long.Parse(minor, CultureInfo.InvariantCulture));
        }

        FileStatus status = Files.Status(device);
        return (status.DeviceMajor, status.DeviceMinor);
    }

    private static ulong Unlimited(long bytes) => bytes < 0 ? ulong.MaxValue : (ulong)bytes;

    private static string? Bytes(long? value) =>
        value switch
        {
            null => null,
            < 0 => "max",
            _ => Text(value.Value),
        };

    private static void Put(Dictionary<string, string> unified, string file, string? value)
    {
        // What is named outright wins over what a member comes to.
        if (value is not null)
        {
            unified.TryAdd(file, value);
        }
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
