namespace ContainerPS.Engine.Containers.State.Stored;

/// <summary>What a container was defined as. Words of the public enumerations are stored as text.</summary>
internal sealed record StoredDefinition : StoredRecord
{
    public string? Image { get; init; }

    public string? RootFs { get; init; }

    public string? OciSpecPath { get; init; }

    public string? Name { get; init; }

    /// <summary>An empty one is not null: it leaves the image's command out.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>An empty one is not null: it leaves the image's entry point out.</summary>
    public IReadOnlyList<string>? Entrypoint { get; init; }

    public IReadOnlyDictionary<string, string?>? Env { get; init; }

    public string? User { get; init; }

    public string? WorkingDir { get; init; }

    public string? Hostname { get; init; }

    public string? Domainname { get; init; }

    public IReadOnlyList<StoredMount>? Mounts { get; init; }

    public IReadOnlyList<StoredDevice>? Devices { get; init; }

    public bool ReadOnly { get; init; }

    public bool Privileged { get; init; }

    public IReadOnlyList<string>? CapAdd { get; init; }

    public IReadOnlyList<string>? CapDrop { get; init; }

    public string? Seccomp { get; init; }

    public bool NoNewPrivileges { get; init; }

    public required string NetworkMode { get; init; }

    public required string PidMode { get; init; }

    public required string IpcMode { get; init; }

    public required string UtsMode { get; init; }

    public StoredLimits? Limits { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>Its name without SIG, or its number.</summary>
    public string? StopSignal { get; init; }

    public TimeSpan? StopTimeout { get; init; }

    public bool AutoRemove { get; init; }

    public required string Lifetime { get; init; }

    public bool OpenStdin { get; init; }

    public required long LogMaxSize { get; init; }

    public required int LogMaxFile { get; init; }

    public string? CgroupParent { get; init; }

    public IReadOnlyList<StoredUlimit>? Ulimits { get; init; }

    public int? OomScoreAdj { get; init; }

    public required long ShmSize { get; init; }

    public IReadOnlyList<string>? Dns { get; init; }

    public IReadOnlyList<string>? DnsSearch { get; init; }

    public IReadOnlyList<string>? DnsOptions { get; init; }

    public IReadOnlyList<string>? ExtraHosts { get; init; }

    public IReadOnlyDictionary<string, string>? Sysctls { get; init; }
}

/// <summary>A mount of a container.</summary>
internal sealed record StoredMount : StoredRecord
{
    public required string Type { get; init; }

    public string? Source { get; init; }

    public required string Destination { get; init; }

    public bool ReadOnly { get; init; }

    public required string Propagation { get; init; }

    public long? TmpfsSize { get; init; }

    public int? TmpfsMode { get; init; }
}

/// <summary>A device that a container may use.</summary>
internal sealed record StoredDevice : StoredRecord
{
    public required string HostPath { get; init; }

    public required string ContainerPath { get; init; }

    public required string Access { get; init; }
}

/// <summary>A resource limit of the first process.</summary>
internal sealed record StoredUlimit : StoredRecord
{
    public required string Name { get; init; }

    public required long Soft { get; init; }

    public required long Hard { get; init; }
}

/// <summary>What is asked of the cgroup.</summary>
internal sealed record StoredLimits : StoredRecord
{
    public decimal? Cpus { get; init; }

    public long? CpuQuota { get; init; }

    public long? CpuPeriod { get; init; }

    public long? CpuBurst { get; init; }

    public int? CpuWeight { get; init; }

    public long? CpuShares { get; init; }

    public bool? CpuIdle { get; init; }

    public string? CpuUclampMin { get; init; }

    public string? CpuUclampMax { get; init; }

    public string? CpusetCpus { get; init; }

    public string? CpusetMems { get; init; }

    public long? MemoryMax { get; init; }

    public long? MemoryHigh { get; init; }

    public long? MemoryLow { get; init; }

    public long? MemoryMin { get; init; }

    public long? MemorySwapMax { get; init; }

    public long? MemorySwap { get; init; }

    public bool? MemoryOomGroup { get; init; }

    public long? PidsMax { get; init; }

    public int? IoWeight { get; init; }

    public IReadOnlyList<StoredIoLimit>? IoMax { get; init; }

    public IReadOnlyList<StoredIoLatency>? IoLatency { get; init; }

    public IReadOnlyList<StoredHugetlbLimit>? HugetlbMax { get; init; }

    public IReadOnlyDictionary<string, string>? Unified { get; init; }
}

/// <summary>A throttle of one block device.</summary>
internal sealed record StoredIoLimit : StoredRecord
{
    public required string Device { get; init; }

    public long? ReadBps { get; init; }

    public long? WriteBps { get; init; }

    public long? ReadIops { get; init; }

    public long? WriteIops { get; init; }
}

/// <summary>A latency target of one block device.</summary>
internal sealed record StoredIoLatency : StoredRecord
{
    public required string Device { get; init; }

    public required TimeSpan Target { get; init; }
}

/// <summary>A limit on huge pages of one size.</summary>
internal sealed record StoredHugetlbLimit : StoredRecord
{
    public required string PageSize { get; init; }

    public required long Limit { get; init; }
}
