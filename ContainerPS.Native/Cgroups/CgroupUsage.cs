namespace ContainerPS.Native.Cgroups;

/// <summary>What a group has used at one moment. Null where this host's files do not tell.</summary>
public sealed record CgroupUsage
{
    /// <summary>CLOCK_REALTIME.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    public TimeSpan? CpuUsage { get; init; }

    public TimeSpan? CpuUser { get; init; }

    public TimeSpan? CpuSystem { get; init; }

    /// <summary>Enforcement periods that have passed.</summary>
    public long? NrPeriods { get; init; }

    /// <summary>Periods in which the quota was used up.</summary>
    public long? NrThrottled { get; init; }

    public TimeSpan? ThrottledTime { get; init; }

    /// <summary>Bytes: memory.current; v1 memory.usage_in_bytes. Page cache included.</summary>
    public long? MemoryCurrent { get; init; }

    /// <summary>Bytes: MemoryCurrent less inactive page cache.</summary>
    public long? MemoryWorkingSet { get; init; }

    /// <summary>Bytes of anonymous memory; v1 total_rss.</summary>
    public long? MemoryAnon { get; init; }

    /// <summary>Bytes of page cache; v1 total_cache.</summary>
    public long? MemoryFile { get; init; }

    /// <summary>Bytes; null for no limit.</summary>
    public long? MemoryMax { get; init; }

    /// <summary>Bytes; null where swap is not accounted.</summary>
    public long? SwapCurrent { get; init; }

    public CgroupEvents Events { get; init; } = new();

    public long? PidsCurrent { get; init; }

    public long? PidsMax { get; init; }

    public IReadOnlyList<CgroupIoUsage> Io { get; init; } = [];

    /// <summary>v2; on hybrid hosts only where the group is in the v2 hierarchy too.</summary>
    public CgroupPressure? CpuPressure { get; init; }

    public CgroupPressure? MemoryPressure { get; init; }

    public CgroupPressure? IoPressure { get; init; }
}

/// <summary>
/// How often memory limits acted (memory.events; on v1 failcnt for Max, memory.oom_control for OomKill), and pids.max refused a fork.
/// </summary>
public sealed record CgroupEvents
{
    public long? Low { get; init; }

    public long? High { get; init; }

    public long? Max { get; init; }

    public long? Oom { get; init; }

    public long? OomKill { get; init; }

    /// <summary>pids.events, "max".</summary>
    public long? PidsMax { get; init; }
}

/// <summary>Traffic of one block device.</summary>
/// <remarks><see cref="Device"/> is "major:minor".</remarks>
public sealed record CgroupIoUsage(string Device, long ReadBytes, long WriteBytes, long ReadOps, long WriteOps);

/// <summary>Time lost waiting for one resource: <see cref="Some"/> of the tasks, or all of them at once.</summary>
public sealed record CgroupPressure(CgroupPressureLine Some, CgroupPressureLine? Full)
{
    internal static CgroupPressure? Parse(string? text) =>
        CgroupPressureLine.Parse(text, "some") is { } some ? new(some, CgroupPressureLine.Parse(text, "full")) : null;
}

/// <summary>Percent of the last 10, 60 and 300 seconds, and the whole time.</summary>
public sealed record CgroupPressureLine(double Avg10, double Avg60, double Avg300, TimeSpan Total)
{
    internal static CgroupPressureLine? Parse(string? text, string kind)
    {
        if (ControlText.Line(text, kind) is not { } line)
        {
            return null;
        }

        double Percent(string key) => double.Parse(ControlText.Nested(line, key) ?? "0", System.Globalization.CultureInfo.InvariantCulture);
        return new(
            Percent("avg10"),
            Percent("avg60"),
            Percent("avg300"),
            TimeSpan.FromMicroseconds(ControlText.Number(ControlText.Nested(line, "total")) ?? 0)
        );
    }
}
