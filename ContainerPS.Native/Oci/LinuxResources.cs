namespace ContainerPS.Native.Oci;

/// <summary>
/// Limits of a container (runtime-spec 1.2, config-linux.md "Control groups"). Null means "leave the kernel's value alone".
/// </summary>
public sealed record LinuxResources
{
    public IReadOnlyList<LinuxDeviceCgroup>? Devices { get; init; }
    public LinuxMemory? Memory { get; init; }
    public LinuxCpu? Cpu { get; init; }
    public LinuxPids? Pids { get; init; }
    public LinuxBlockIO? BlockIO { get; init; }
    public IReadOnlyList<LinuxHugepageLimit>? HugepageLimits { get; init; }
    public LinuxNetwork? Network { get; init; }
    public IReadOnlyDictionary<string, LinuxRdma>? Rdma { get; init; }

    /// <summary>cgroup v2 files and the text written to them, as given (<c>"memory.high": "33554432"</c>).</summary>
    public IReadOnlyDictionary<string, string>? Unified { get; init; }
}

/// <summary>
/// One rule of the device cgroup. Type is <c>a</c>, <c>b</c>, <c>c</c>; null numbers mean "all"; Access is made of r, w and m.
/// </summary>
public sealed record LinuxDeviceCgroup
{
    public bool Allow { get; init; }
    public string? Type { get; init; }
    public long? Major { get; init; }
    public long? Minor { get; init; }
    public string? Access { get; init; }
}

/// <summary>Memory limits in bytes; -1 is unlimited. Swap is memory and swap together, as on cgroup v1.</summary>
public sealed record LinuxMemory
{
    public long? Limit { get; init; }
    public long? Reservation { get; init; }
    public long? Swap { get; init; }
    public long? Kernel { get; init; }
    public long? KernelTCP { get; init; }
    public ulong? Swappiness { get; init; }
    public bool? DisableOOMKiller { get; init; }
    public bool? UseHierarchy { get; init; }
    public bool? CheckBeforeUpdate { get; init; }
}

/// <summary>Processor limits. Quota, Period, Burst and the realtime pair are microseconds; Idle is 0 or 1.</summary>
public sealed record LinuxCpu
{
    public ulong? Shares { get; init; }
    public long? Quota { get; init; }
    public ulong? Burst { get; init; }
    public ulong? Period { get; init; }
    public long? RealtimeRuntime { get; init; }
    public ulong? RealtimePeriod { get; init; }
    public string? Cpus { get; init; }
    public string? Mems { get; init; }
    public long? Idle { get; init; }
}

/// <summary>Number of tasks; -1 is unlimited.</summary>
public sealed record LinuxPids
{
    public long? Limit { get; init; }
}

/// <summary>Block input and output: weights by CFQ/BFQ (10 to 1000) and throttles (bytes or operations a second).</summary>
public sealed record LinuxBlockIO
{
    public ushort? Weight { get; init; }
    public ushort? LeafWeight { get; init; }
    public IReadOnlyList<LinuxWeightDevice>? WeightDevice { get; init; }
    public IReadOnlyList<LinuxThrottleDevice>? ThrottleReadBpsDevice { get; init; }
    public IReadOnlyList<LinuxThrottleDevice>? ThrottleWriteBpsDevice { get; init; }
    public IReadOnlyList<LinuxThrottleDevice>? ThrottleReadIOPSDevice { get; init; }
    public IReadOnlyList<LinuxThrottleDevice>? ThrottleWriteIOPSDevice { get; init; }
}

public sealed record LinuxWeightDevice
{
    public long Major { get; init; }
    public long Minor { get; init; }
    public ushort? Weight { get; init; }
    public ushort? LeafWeight { get; init; }
}

public sealed record LinuxThrottleDevice
{
    public long Major { get; init; }
    public long Minor { get; init; }
    public ulong Rate { get; init; }
}

/// <summary>PageSize is spelled as the kernel's files are (<c>2MB</c>, <c>1GB</c>); Limit is bytes.</summary>
public sealed record LinuxHugepageLimit
{
    public string PageSize { get; init; } = "";
    public ulong Limit { get; init; }
}

public sealed record LinuxNetwork
{
    public uint? ClassID { get; init; }
    public IReadOnlyList<LinuxInterfacePriority>? Priorities { get; init; }
}

public sealed record LinuxInterfacePriority
{
    public string Name { get; init; } = "";
    public uint Priority { get; init; }
}

public sealed record LinuxRdma
{
    public uint? HcaHandles { get; init; }
    public uint? HcaObjects { get; init; }
}
