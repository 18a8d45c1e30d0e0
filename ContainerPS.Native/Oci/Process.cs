namespace ContainerPS.Native.Oci;

/// <summary>What runs in the container: init, or the process of an exec (config.md "Process").</summary>
public sealed record Process
{
    public bool Terminal { get; init; }
    public ConsoleSize? ConsoleSize { get; init; }
    public User? User { get; init; }
    public IReadOnlyList<string>? Args { get; init; }
    public IReadOnlyList<string>? Env { get; init; }
    public string? Cwd { get; init; }
    public LinuxCapabilities? Capabilities { get; init; }
    public IReadOnlyList<PosixRlimit>? Rlimits { get; init; }
    public bool NoNewPrivileges { get; init; }
    public string? ApparmorProfile { get; init; }
    public int? OomScoreAdj { get; init; }
    public Scheduler? Scheduler { get; init; }
    public string? SelinuxLabel { get; init; }
    public LinuxIOPriority? IoPriority { get; init; }
    public ExecCpuAffinity? ExecCPUAffinity { get; init; }
}

public sealed record ConsoleSize
{
    public uint Height { get; init; }
    public uint Width { get; init; }
}

/// <summary>
/// Numeric ids win. <see cref="Username"/> (<c>name</c>, <c>name:group</c>, <c>1000:group</c>) is looked up in the root file system's own
/// /etc/passwd and /etc/group when it is given; runtime-spec 1.2 defines it for Windows only, so documents of others never carry it here.
/// </summary>
public sealed record User
{
    public uint Uid { get; init; }
    public uint Gid { get; init; }
    public uint? Umask { get; init; }
    public IReadOnlyList<uint>? AdditionalGids { get; init; }
    public string? Username { get; init; }
}

/// <summary>Names as in capabilities(7), <c>CAP_CHOWN</c>.</summary>
public sealed record LinuxCapabilities
{
    public IReadOnlyList<string>? Bounding { get; init; }
    public IReadOnlyList<string>? Effective { get; init; }
    public IReadOnlyList<string>? Inheritable { get; init; }
    public IReadOnlyList<string>? Permitted { get; init; }
    public IReadOnlyList<string>? Ambient { get; init; }
}

/// <summary>Type is <c>RLIMIT_NOFILE</c> and the like; <see cref="ulong.MaxValue"/> is RLIM_INFINITY.</summary>
public sealed record PosixRlimit
{
    public string Type { get; init; } = "";
    public ulong Hard { get; init; }
    public ulong Soft { get; init; }
}

/// <summary>sched_setattr(2): policy and its parameters (runtime-spec 1.1).</summary>
public sealed record Scheduler
{
    public string Policy { get; init; } = "";
    public int? Nice { get; init; }
    public int? Priority { get; init; }
    public IReadOnlyList<string>? Flags { get; init; }
    public ulong? Runtime { get; init; }
    public ulong? Deadline { get; init; }
    public ulong? Period { get; init; }
}

/// <summary>ioprio_set(2): class <c>IOPRIO_CLASS_RT</c>, <c>_BE</c> or <c>_IDLE</c> and a priority of 0 to 7.</summary>
public sealed record LinuxIOPriority
{
    public string Class { get; init; } = "";
    public int Priority { get; init; }
}

/// <summary>Processors of an exec before and after it moved into the container's cgroup (runtime-spec 1.2).</summary>
public sealed record ExecCpuAffinity
{
    public string? Initial { get; init; }
    public string? Final { get; init; }
}
