namespace ContainerPS;

/// <summary>
/// What is asked of the cgroup of a container. A null member is not asked for: at create it is unlimited, in a change it stays.
/// -1 lifts a limit that counts bytes, tasks or microseconds.
/// </summary>
public sealed record CgroupLimitRequest
{
    /// <summary>CPUs worth of time; short for a quota over a period of 100 ms.</summary>
    public decimal? Cpus { get; init; }

    /// <summary>Microseconds in each period.</summary>
    public long? CpuQuota { get; init; }

    /// <summary>Microseconds.</summary>
    public long? CpuPeriod { get; init; }

    /// <summary>Unused microseconds that may be saved up.</summary>
    public long? CpuBurst { get; init; }

    /// <summary>1 to 10000, 100 is the kernel's default.</summary>
    public int? CpuWeight { get; init; }

    /// <summary>2 to 262144, 1024 is the kernel's default: the same as CpuWeight in cgroup v1's measure.</summary>
    public long? CpuShares { get; init; }

    /// <summary>Runs only when nothing else wants the CPU.</summary>
    public bool? CpuIdle { get; init; }

    /// <summary>Lower bound of the utilisation the scheduler assumes: a percentage or max.</summary>
    public string? CpuUclampMin { get; init; }

    /// <summary>Upper bound of the utilisation the scheduler assumes: a percentage or max.</summary>
    public string? CpuUclampMax { get; init; }

    /// <summary>A list such as 0-1,3.</summary>
    public string? CpusetCpus { get; init; }

    /// <summary>A list of memory nodes.</summary>
    public string? CpusetMems { get; init; }

    /// <summary>Bytes.</summary>
    public long? MemoryMax { get; init; }

    /// <summary>Bytes above which it is slowed down and reclaimed.</summary>
    public long? MemoryHigh { get; init; }

    /// <summary>Bytes that are reclaimed from it only when nothing else can be.</summary>
    public long? MemoryLow { get; init; }

    /// <summary>Bytes that are never reclaimed from it.</summary>
    public long? MemoryMin { get; init; }

    /// <summary>Bytes of swap alone.</summary>
    public long? MemorySwapMax { get; init; }

    /// <summary>Bytes of memory and swap together, as Docker counts.</summary>
    public long? MemorySwap { get; init; }

    /// <summary>An OOM kill takes all its processes.</summary>
    public bool? MemoryOomGroup { get; init; }

    /// <summary>Tasks: processes and threads.</summary>
    public long? PidsMax { get; init; }

    /// <summary>1 to 10000, 100 is the kernel's default.</summary>
    public int? IoWeight { get; init; }

    public IReadOnlyList<IoLimit>? IoMax { get; init; }

    public IReadOnlyList<IoLatency>? IoLatency { get; init; }

    public IReadOnlyList<HugetlbLimit>? HugetlbMax { get; init; }

    /// <summary>Any file of cgroup v2 with what is written to it.</summary>
    public IReadOnlyDictionary<string, string>? Unified { get; init; }

    /// <summary>Whether nothing is asked for.</summary>
    public bool IsEmpty => this == Nothing || (this with { Unified = null } == Nothing && Unified is { Count: 0 });

    private static readonly CgroupLimitRequest Nothing = new();

    /// <summary>What is asked for, as name=value.</summary>
    public override string ToString()
    {
        (string Name, object? Value)[] members =
        [
            (nameof(Cpus), Cpus),
            (nameof(CpuQuota), CpuQuota),
            (nameof(CpuPeriod), CpuPeriod),
            (nameof(CpuBurst), CpuBurst),
            (nameof(CpuWeight), CpuWeight),
            (nameof(CpuShares), CpuShares),
            (nameof(CpuIdle), CpuIdle),
            (nameof(CpuUclampMin), CpuUclampMin),
            (nameof(CpuUclampMax), CpuUclampMax),
            (nameof(CpusetCpus), CpusetCpus),
            (nameof(CpusetMems), CpusetMems),
            (nameof(MemoryMax), MemoryMax),
            (nameof(MemoryHigh), MemoryHigh),
            (nameof(MemoryLow), MemoryLow),
            (nameof(MemoryMin), MemoryMin),
            (nameof(MemorySwapMax), MemorySwapMax),
            (nameof(MemorySwap), MemorySwap),
            (nameof(MemoryOomGroup), MemoryOomGroup),
            (nameof(PidsMax), PidsMax),
            (nameof(IoWeight), IoWeight),
            (nameof(IoMax), List(IoMax)),
            (nameof(IoLatency), List(IoLatency)),
            (nameof(HugetlbMax), List(HugetlbMax)),
            (nameof(Unified), List(Unified?.Select(u => $"{u.Key}={u.Value}"))),
        ];
        return string.Join(' ', members.Where(m => m.Value is not null).Select(m => FormattableString.Invariant($"{m.Name}={m.Value}")));
    }

    private static string? List<T>(IEnumerable<T>? values) => values is null ? null : $"[{string.Join(", ", values)}]";

    /// <summary>This request with the members of <paramref name="change"/> that are set.</summary>
    public CgroupLimitRequest With(CgroupLimitRequest change)
    {
        ArgumentNullException.ThrowIfNull(change);
        // A quota and its shorthand are two names of one value: the newer one wins whole.
        bool newQuota = change.Cpus is not null || change.CpuQuota is not null;
        bool newWeight = change.CpuWeight is not null || change.CpuShares is not null;
        bool newSwap = change.MemorySwap is not null || change.MemorySwapMax is not null;
        return new CgroupLimitRequest
        {
            Cpus = newQuota ? change.Cpus : Cpus,
            CpuQuota = newQuota ? change.CpuQuota : CpuQuota,
            CpuPeriod = change.CpuPeriod ?? (change.Cpus is not null ? null : CpuPeriod),
            CpuBurst = change.CpuBurst ?? CpuBurst,
            CpuWeight = newWeight ? change.CpuWeight : CpuWeight,
            CpuShares = newWeight ? change.CpuShares : CpuShares,
            CpuIdle = change.CpuIdle ?? CpuIdle,
            CpuUclampMin = change.CpuUclampMin ?? CpuUclampMin,
            CpuUclampMax = change.CpuUclampMax ?? CpuUclampMax,
            CpusetCpus = change.CpusetCpus ?? CpusetCpus,
            CpusetMems = change.CpusetMems ?? CpusetMems,
            MemoryMax = change.MemoryMax ?? MemoryMax,
            MemoryHigh = change.MemoryHigh ?? MemoryHigh,
            MemoryLow = change.MemoryLow ?? MemoryLow,
            MemoryMin = change.MemoryMin ?? MemoryMin,
            MemorySwapMax = newSwap ? change.MemorySwapMax : MemorySwapMax,
            MemorySwap = newSwap ? change.MemorySwap : MemorySwap,
            MemoryOomGroup = change.MemoryOomGroup ?? MemoryOomGroup,
            PidsMax = change.PidsMax ?? PidsMax,
            IoWeight = change.IoWeight ?? IoWeight,
            IoMax = Merge(IoMax, change.IoMax, l => l.Device),
            IoLatency = Merge(IoLatency, change.IoLatency, l => l.Device),
            HugetlbMax = Merge(HugetlbMax, change.HugetlbMax, l => l.PageSize),
            Unified = MergeUnified(Unified, change.Unified),
        };
    }

    private static IReadOnlyList<T>? Merge<T>(IReadOnlyList<T>? before, IReadOnlyList<T>? change, Func<T, string> key) =>
        change is null ? before
        : before is null ? change
        : [.. before.Where(b => change.All(c => key(c) != key(b))), .. change];

    private static IReadOnlyDictionary<string, string>? MergeUnified(
        IReadOnlyDictionary<string, string>? before,
        IReadOnlyDictionary<string, string>? change
    )
    {
        if (change is null || before is null)
        {
            return change ?? before;
        }

        var merged = new Dictionary<string, string>(before, StringComparer.Ordinal);
        foreach ((string? file, string? value) in change)
        {
            merged[file] = value;
        }

        return merged;
    }
}

/// <summary>A change of the limits of a container.</summary>
public sealed record CgroupLimitChange
{
    /// <summary>The members that are set are changed, all others stay.</summary>
    public required CgroupLimitRequest Values { get; init; }

    /// <summary>Keep the change for the container's next start; false changes the running one only.</summary>
    public bool Persist { get; init; } = true;
}

/// <summary>What a change of limits would write.</summary>
/// <param name="Controller">The controller of the file.</param>
/// <param name="File">Absolute path of the file.</param>
/// <param name="OldValue">What it says now; null when there is no running container to read it from.</param>
/// <param name="NewValue">What would be written.</param>
public sealed record LimitChangePreview(string Controller, string File, string? OldValue, string NewValue)
{
    public override string ToString() => $"{File}: {OldValue ?? "(not running)"} -> {NewValue}";
}
