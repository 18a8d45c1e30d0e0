namespace ContainerPS;

/// <summary>What a container has used, at one moment.</summary>
public sealed record ContainerStats
{
    /// <summary>Id of the container.</summary>
    public string Id { get; init; } = "";

    /// <summary>Name of the container.</summary>
    public string Name { get; init; } = "";

    public DateTimeOffset Timestamp { get; init; }

    /// <summary>Time since the sample that <see cref="CpuPercent"/> is measured against; since the start for a single sample.</summary>
    public TimeSpan Interval { get; init; }

    /// <summary>CPU time over <see cref="Interval"/>: 100 is one CPU.</summary>
    public double CpuPercent { get; init; }

    public TimeSpan CpuUsage { get; init; }

    public TimeSpan? CpuUser { get; init; }

    public TimeSpan? CpuSystem { get; init; }

    /// <summary>Enforcement periods that have passed.</summary>
    public long? NrPeriods { get; init; }

    /// <summary>Periods in which the quota was used up.</summary>
    public long? NrThrottled { get; init; }

    public TimeSpan? ThrottledTime { get; init; }

    /// <summary>Bytes charged to the cgroup: memory.current (v1 memory.usage_in_bytes), page cache included.</summary>
    public long? MemoryCurrent { get; init; }

    /// <summary>Bytes: MemoryCurrent less inactive page cache, as Docker shows usage.</summary>
    public long? MemoryWorkingSet { get; init; }

    /// <summary>Bytes of anonymous memory, as Podman shows usage.</summary>
    public long? MemoryAnon { get; init; }

    /// <summary>Bytes of page cache.</summary>
    public long? MemoryFile { get; init; }

    /// <summary>Bytes; null for unlimited.</summary>
    public long? MemoryMax { get; init; }

    /// <summary>MemoryWorkingSet of MemoryMax, or of the host's memory when unlimited.</summary>
    public double? MemoryPercent { get; init; }

    /// <summary>Bytes.</summary>
    public long? SwapCurrent { get; init; }

    public MemoryEventCounts? MemoryEvents { get; init; }

    public long? PidsCurrent { get; init; }

    public long? PidsMax { get; init; }

    public IReadOnlyList<IoCounts> Io { get; init; } = [];

    public IReadOnlyList<NetworkCounts> Network { get; init; } = [];

    public PressureStats? Pressure { get; init; }

    /// <summary>This sample with its CPU percentage measured since <paramref name="earlier"/>.</summary>
    public ContainerStats Since(ContainerStats earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        TimeSpan interval = Timestamp - earlier.Timestamp;
        if (interval <= TimeSpan.Zero || CpuUsage < earlier.CpuUsage)
        {
            return this;
        }

        return this with
        {
            Interval = interval,
            CpuPercent = 100.0 * ((CpuUsage - earlier.CpuUsage) / interval),
        };
    }
}

/// <summary>How often memory limits acted (memory.events; on v1 what its files tell).</summary>
public sealed record MemoryEventCounts(long? Low, long? High, long? Max, long? Oom, long? OomKill)
{
    /// <summary>The counts that this host has.</summary>
    public override string ToString()
    {
        (string Name, long? Count)[] counts = [("low", Low), ("high", High), ("max", Max), ("oom", Oom), ("oomKill", OomKill)];
        return string.Join(' ', counts.Where(c => c.Count is not null).Select(c => FormattableString.Invariant($"{c.Name}={c.Count}")));
    }
}

/// <summary>Traffic of one block device, named major:minor.</summary>
public sealed record IoCounts(string Device, long ReadBytes, long WriteBytes, long ReadOps, long WriteOps)
{
    public override string ToString() => FormattableString.Invariant($"{Device} r={ReadBytes} w={WriteBytes}");
}

/// <summary>Traffic of one network interface of the container.</summary>
public sealed record NetworkCounts
{
    public required string Interface { get; init; }

    public long RxBytes { get; init; }

    public long RxPackets { get; init; }

    public long RxErrors { get; init; }

    public long RxDropped { get; init; }

    public long TxBytes { get; init; }

    public long TxPackets { get; init; }

    public long TxErrors { get; init; }

    public long TxDropped { get; init; }

    public override string ToString() => FormattableString.Invariant($"{Interface} rx={RxBytes} tx={TxBytes}");
}

/// <summary>Time lost waiting (man 5 proc, pressure stall information); null members are not measured here.</summary>
public sealed record PressureStats(ResourcePressure? Cpu, ResourcePressure? Memory, ResourcePressure? Io);

/// <summary>Pressure on one resource.</summary>
/// <param name="Some">Some tasks waited.</param>
/// <param name="Full">All tasks waited at once.</param>
public sealed record ResourcePressure(PressureAverages Some, PressureAverages? Full);

/// <summary>Percent of the last 10, 60 and 300 seconds, and the total.</summary>
public sealed record PressureAverages(double Avg10, double Avg60, double Avg300, TimeSpan Total);
