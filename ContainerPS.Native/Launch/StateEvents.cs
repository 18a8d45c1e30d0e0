using System;

namespace ContainerPS.Native.Launch;

/// <summary>
/// Events of a container's state log. This file is compiled into the engine's side and into the freestanding shim, so that neither writes
/// an event that the other does not know: primitive types only, nothing of a base class library.
/// </summary>
public enum StateEvent
{
    /// <summary>No event, or one of a newer version.</summary>
    None = 0,

    /// <summary>The container's command has been executed. Members: pid, start, monitor, monitorStart.</summary>
    Running = 1,

    /// <summary>
    /// Another monitor took over, because the one before it died. Members: monitor, monitorStart. The state of the container stays as it
    /// was.
    /// </summary>
    Adopted = 2,

    /// <summary>All processes are frozen.</summary>
    Paused = 3,

    /// <summary>They run again.</summary>
    Resumed = 4,

    /// <summary>The run has ended. Members: code, signal, oom.</summary>
    Exited = 5,

    /// <summary>A run did not reach its exec. Member: reason. The exit of the run before it stays the last one.</summary>
    StartFailed = 6,

    /// <summary>Something of a run could not be cleaned up. Members: step (<see cref="CleanupStep"/>), code.</summary>
    CleanupFailed = 7,
}

/// <summary>What of a run's clean-up has failed.</summary>
public enum CleanupStep
{
    /// <summary>The on-exit command. Its code is the exit code of the command, or a negative errno if it could not be started.</summary>
    OnExit = 0,

    /// <summary>The removal of the container's cgroup. Its code is a negative errno.</summary>
    Cgroup = 1,
}

/// <summary>The names under which events stand in a log.</summary>
public static class StateEvents
{
    /// <summary>The highest value of <see cref="StateEvent"/>.</summary>
    public const StateEvent Last = StateEvent.CleanupFailed;

    /// <summary>The value of the member "event".</summary>
    public static ReadOnlySpan<byte> NameOf(StateEvent what) =>
        what switch
        {
            StateEvent.Running => "running"u8,
            StateEvent.Adopted => "adopted"u8,
            StateEvent.Paused => "paused"u8,
            StateEvent.Resumed => "resumed"u8,
            StateEvent.Exited => "exited"u8,
            StateEvent.StartFailed => "start-failed"u8,
            StateEvent.CleanupFailed => "cleanup-failed"u8,
            _ => default,
        };

    /// <summary>The value of the member "step".</summary>
    public static ReadOnlySpan<byte> NameOf(CleanupStep step) => step == CleanupStep.Cgroup ? "cgroup"u8 : "on-exit"u8;
}
