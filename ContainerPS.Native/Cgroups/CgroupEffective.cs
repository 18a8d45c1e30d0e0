namespace ContainerPS.Native.Cgroups;

/// <summary>The limits in force. Null is "no limit", or not known here: <see cref="Values"/> tells which, by member name.</summary>
public sealed record CgroupEffective
{
    /// <summary>Microseconds in each period.</summary>
    public long? CpuQuota { get; init; }

    /// <summary>Microseconds.</summary>
    public long? CpuPeriod { get; init; }

    /// <summary>Microseconds.</summary>
    public long? CpuBurst { get; init; }

    /// <summary>1 to 10000; on v1 converted from shares.</summary>
    public long? CpuWeight { get; init; }

    /// <summary>2 to 262144; on v2 converted from weight.</summary>
    public long? CpuShares { get; init; }

    public bool? CpuIdle { get; init; }

    public string? CpuUclampMin { get; init; }

    public string? CpuUclampMax { get; init; }

    /// <summary>The processors that may really be used.</summary>
    public string? CpusetCpus { get; init; }

    public string? CpusetMems { get; init; }

    /// <summary>Bytes, as the members below.</summary>
    public long? MemoryMax { get; init; }

    public long? MemoryHigh { get; init; }

    public long? MemoryLow { get; init; }

    public long? MemoryMin { get; init; }

    /// <summary>Swap alone.</summary>
    public long? MemorySwapMax { get; init; }

    /// <summary>Memory and swap together.</summary>
    public long? MemorySwap { get; init; }

    public bool? MemoryOomGroup { get; init; }

    public long? PidsMax { get; init; }

    /// <summary>1 to 10000; on v1 converted from the bfq weight.</summary>
    public long? IoWeight { get; init; }

    public IReadOnlyList<CgroupIoMax> IoMax { get; init; } = [];

    /// <summary>Device and target in microseconds.</summary>
    public IReadOnlyList<(string Device, long TargetMicroseconds)> IoLatency { get; init; } = [];

    /// <summary>Page size ("2MB") and bytes.</summary>
    public IReadOnlyList<(string PageSize, long Limit)> HugetlbMax { get; init; } = [];

    /// <summary>Device and the rest of the line.</summary>
    public IReadOnlyList<(string Device, string Limits)> RdmaMax { get; init; } = [];

    /// <summary>By member name ("MemoryMax"): where it is kept, and why it cannot be had.</summary>
    public IReadOnlyDictionary<string, CgroupValue> Values { get; init; } = new Dictionary<string, CgroupValue>();
}

/// <summary>A throttle of one block device; null is no limit.</summary>
/// <remarks><see cref="Device"/> is "major:minor"; bytes and operations a second.</remarks>
public sealed record CgroupIoMax(string Device, long? ReadBps, long? WriteBps, long? ReadIops, long? WriteIops);

/// <summary>Where one limit is kept.</summary>
/// <remarks>
/// <see cref="Text"/> is what the file says; null while the group is not in that hierarchy (a v1 cpuset that nobody asked for) or the
/// limit is not to be had: then <see cref="Reason"/> says why, and <see cref="IsSupported"/> which of the two.
/// </remarks>
public sealed record CgroupValue(string Name, string? Controller, string? File, string? Text, bool IsSupported, string? Reason);
