namespace ContainerPS.Native.Launch;

/// <summary>A container that runs, with its monitor (MonitorPid is 0 for an OCI runtime's).</summary>
public abstract class LaunchedContainer : LaunchedProcess
{
    /// <summary>Field 22 of init's /proc/PID/stat: with boot id and pid it names the process.</summary>
    public abstract long StartTicks { get; }

    public abstract int MonitorPid { get; }

    /// <summary>
    /// With an exec FIFO: tells init that the caller has recorded the container. Until then init ends when this object is disposed and when
    /// the caller dies, so that a create that was killed leaves no process behind. No effect otherwise.
    /// </summary>
    public abstract void Keep();

    /// <summary>Tells the monitor that this process does the work after the exit, so that it does not run its on-exit command.</summary>
    public abstract void TakeOverRemoval();
}
