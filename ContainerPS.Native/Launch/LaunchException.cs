namespace ContainerPS.Native.Launch;

/// <summary>Why a container or an exec did not come to run.</summary>
public enum LaunchFailure
{
    /// <summary>A step of the set-up failed; the operation says which.</summary>
    Setup,

    /// <summary>127: no such program in the container.</summary>
    CommandNotFound,

    /// <summary>126: it is there but cannot be executed.</summary>
    CommandNotExecutable,

    /// <summary>Killed between clone and exec, by the OOM killer when the memory limit is too small even for the set-up.</summary>
    KilledBeforeExec,

    /// <summary>The caller lacks a privilege (EPERM or EACCES in a step that needs one).</summary>
    PrivilegeMissing,

    /// <summary>The container that a process was to be executed in does not run.</summary>
    ContainerGone,

    /// <summary>Its processes are frozen: one more would wait until they are thawed.</summary>
    ContainerFrozen,

    /// <summary>The shim could not be started or broke its protocol.</summary>
    Shim,
}

/// <summary>A start that failed: nothing of it is left running. Operation is the plan's sentence ("mounting proc on /proc").</summary>
public sealed class LaunchException : Exception
{
    public LaunchException(LaunchFailure kind, string message, Exception? inner = null)
        : base(message, inner) => Kind = kind;

    public LaunchFailure Kind { get; }
    public int Errno { get; init; }
    public string Operation { get; init; } = "";
    public string Syscall { get; init; } = "";

    /// <summary>With <see cref="LaunchFailure.KilledBeforeExec"/>: by which signal, and whether it was the OOM killer.</summary>
    public int Signal { get; init; }
    public bool OomKilled { get; init; }
}
