namespace ContainerPS.Native.Launch;

/// <summary>What a monitor keeps, in the planner's terms; see <see cref="PlanMonitor"/> for each member's rule.</summary>
internal sealed record PlanMonitorSettings
{
    public PlanMonitorFlags Flags { get; init; }

    public uint Run { get; init; } = 1;

    public required PlanValue Pid { get; init; }

    public required PlanValue Pidfd { get; init; }

    public PlanValue? Stdout { get; init; }

    public PlanValue? Stderr { get; init; }

    public PlanValue? AttachedStdout { get; init; }

    public PlanValue? AttachedStderr { get; init; }

    public PlanValue? Lock { get; init; }

    public PlanValue? StarterPidfd { get; init; }

    public IReadOnlyList<string> CgroupDirectories { get; init; } = [];

    public PlanValue? Keep { get; init; }

    public long StartTicks { get; init; }

    public long LogMaxSize { get; init; } = 10_000_000;

    public int LogMaxFiles { get; init; } = 3;

    public required string StatePath { get; init; }

    public string? ExitsPath { get; init; }

    public string? RecentExitPath { get; init; }

    public string? LogDirectory { get; init; }

    public string? EventsPath { get; init; }

    public string? EventMembers { get; init; }

    public long EventSegmentSize { get; init; } = EventFormat.SegmentSize;

    public string? OomPath { get; init; }

    public string? OomKey { get; init; }

    /// <summary>Descriptor (O_PATH) of the on-exit command's program, or -errno.</summary>
    public PlanValue? OnExitProgram { get; init; }

    /// <summary>The on-exit command's arguments. Run only if the starter is gone or never took over.</summary>
    public IReadOnlyList<string>? OnExitCommand { get; init; }

    public IReadOnlyList<string> OnExitEnvironment { get; init; } = [];
}
