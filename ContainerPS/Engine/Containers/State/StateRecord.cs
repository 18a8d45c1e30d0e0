namespace ContainerPS.Engine.Containers.State;

/// <summary>What a line of the state log tells.</summary>
internal enum StateEvent
{
    None,
    Running,
    Paused,
    Resumed,
    Exited,
}

/// <summary>The state of a run, put together from the lines of its log.</summary>
internal readonly record struct StateRecord
{
    /// <summary>Running, Paused or Exited; None while nothing is written.</summary>
    public StateEvent Last { get; init; }

    public int Run { get; init; }

    public int Pid { get; init; }

    /// <summary>Field 22 of /proc/PID/stat.</summary>
    public long StartTicks { get; init; }

    public int MonitorPid { get; init; }

    public long MonitorStartTicks { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public RunExit? Exit { get; init; }

    public bool IsAlive => Last is StateEvent.Running or StateEvent.Paused;
}

/// <summary>The end of a run, as the monitor recorded it: code -1 when nobody could learn it, signal 0 for none.</summary>
internal sealed record RunExit(int Run, int Code, int Signal, bool OomKilled, DateTimeOffset At)
{
    /// <summary>As a shell counts: 128 + n for a signal, null when unknown.</summary>
    public int? ShellCode =>
        Signal > 0 ? 128 + Signal
        : Code < 0 ? null
        : Code;
}
