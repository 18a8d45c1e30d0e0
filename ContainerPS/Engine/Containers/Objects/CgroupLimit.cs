namespace ContainerPS;

/// <summary>
/// The limits of a container. Every member is what is in force, read back from the kernel; null is unlimited, or unknown on this host
/// (<see cref="Details"/> says which, with controller, file and reason). What was asked for is in <see cref="Requested"/>.
/// </summary>
public sealed record CgroupLimit
{
    /// <summary>Id of the container.</summary>
    public string Id { get; init; } = "";

    /// <summary>Name of the container.</summary>
    public string Name { get; init; } = "";

    /// <summary>CPUs worth of time: quota over period.</summary>
    public decimal? Cpus { get; init; }

    /// <summary>Microseconds in each period.</summary>
    public long? CpuQuota { get; init; }

    /// <summary>Microseconds.</summary>
    public long? CpuPeriod { get; init; }

    /// <summary>Microseconds.</summary>
    public long? CpuBurst { get; init; }

    /// <summary>1 to 10000; on cgroup v1 converted from shares.</summary>
    public int? CpuWeight { get; init; }

    /// <summary>2 to 262144; on cgroup v2 converted from weight.</summary>
    public long? CpuShares { get; init; }

    public bool? CpuIdle { get; init; }

    public string? CpuUclampMin { get; init; }

    public string? CpuUclampMax { get; init; }

    public string? CpusetCpus { get; init; }

    public string? CpusetMems { get; init; }

    /// <summary>Bytes.</summary>
    public long? MemoryMax { get; init; }

    /// <summary>Bytes.</summary>
    public long? MemoryHigh { get; init; }

    /// <summary>Bytes.</summary>
    public long? MemoryLow { get; init; }

    /// <summary>Bytes.</summary>
    public long? MemoryMin { get; init; }

    /// <summary>Bytes of swap alone.</summary>
    public long? MemorySwapMax { get; init; }

    /// <summary>Bytes of memory and swap together.</summary>
    public long? MemorySwap { get; init; }

    public bool? MemoryOomGroup { get; init; }

    public long? PidsMax { get; init; }

    /// <summary>1 to 10000.</summary>
    public int? IoWeight { get; init; }

    public IReadOnlyList<IoLimit> IoMax { get; init; } = [];

    public IReadOnlyList<IoLatency> IoLatency { get; init; } = [];

    public IReadOnlyList<HugetlbLimit> HugetlbMax { get; init; } = [];

    /// <summary>Asked for by file name, with what the file says now.</summary>
    public IReadOnlyDictionary<string, string> Unified { get; init; } = new Dictionary<string, string>();

    /// <summary>What was asked for.</summary>
    public CgroupLimitRequest Requested { get; init; } = new();

    /// <summary>By member name: controller, file and, when it cannot be had here, why.</summary>
    public IReadOnlyDictionary<string, CgroupLimitDetail> Details { get; init; } = new Dictionary<string, CgroupLimitDetail>();
}

/// <summary>Where one limit lives in the kernel.</summary>
public sealed record CgroupLimitDetail
{
    /// <summary>Name of the member of <see cref="CgroupLimit"/>.</summary>
    public required string Name { get; init; }

    /// <summary>As asked for; null when it was not.</summary>
    public string? Requested { get; init; }

    /// <summary>As the kernel says; null when it says nothing.</summary>
    public string? Effective { get; init; }

    public string? Controller { get; init; }

    /// <summary>Absolute path of the file.</summary>
    public string? File { get; init; }

    /// <summary>Whether this host can keep the limit.</summary>
    public bool Supported { get; init; }

    /// <summary>Why it cannot be had, and the way out.</summary>
    public string? Reason { get; init; }

    public override string ToString() => Effective ?? Reason ?? "";
}
