using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.State;

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

    /// <summary>How the last run that has ended came to its end.</summary>
    public RunExit? Exit { get; init; }

    /// <summary>The last start that failed since <see cref="Run"/> began; null when none did.</summary>
    public FailedStart? FailedStart { get; init; }

    /// <summary>The run's cgroup could not be removed: the next command that changes the container has to.</summary>
    public CleanupFailure? CgroupLeft { get; init; }

    /// <summary>The on-exit command failed every time: the next command that meets the container does its work.</summary>
    public CleanupFailure? OnExitFailed { get; init; }

    /// <summary>The first process of the container.</summary>
    public ProcessIdentity First => new(Pid, StartTicks, HostFacts.BootId);

    public ProcessIdentity Monitor => new(MonitorPid, MonitorStartTicks, HostFacts.BootId);

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

/// <summary>A start that did not reach exec.</summary>
internal sealed record FailedStart(int Run, string Reason, DateTimeOffset At);

/// <summary>A step of the clean-up after a run that failed. What its code means is told by <see cref="CleanupStep"/>.</summary>
internal sealed record CleanupFailure(int Run, int Code, DateTimeOffset At);
