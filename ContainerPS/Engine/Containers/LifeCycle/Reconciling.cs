using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>What somebody who works on a container has to do first.</summary>
internal enum ReconciliationNeed
{
    None,

    /// <summary>It runs and its monitor has died.</summary>
    Monitor,

    /// <summary>Its monitor could not remove the cgroup of the run that has ended.</summary>
    Cgroup,

    /// <summary>It removes itself, or belongs to a session that is over.</summary>
    Removal,
}

/// <summary>
/// Brings a container to what its state should be: a monitor for one that lost its own, an end for one that nobody saw end, removal for one
/// that removes itself.
/// </summary>
internal sealed class Reconciling(ContainerContext context, EndOfRun ends, Removal removal, MonitorPlans monitors)
{
    /// <summary>
    /// For queries: brings one container up to date if nobody works on it. A failure stays with the container, which goes on running; the
    /// next command that changes it meets the same failure and reports it.
    /// </summary>
    public void ReconcileQuietly(Container container)
    {
        try
        {
            ReconcileIfFree(container);
        }
        catch (Exception failure) when (failure is LaunchException or LinuxException or EngineException)
        {
            System.Diagnostics.Debug.WriteLine(failure);
        }
    }

    /// <summary>As long as nobody holds its lock.</summary>
    public void ReconcileIfFree(Container container)
    {
        if (NeedOf(container) is ReconciliationNeed.None)
        {
            return;
        }

        using FileLock? held = context.Store.TryLock(container.Id);
        if (held is not null)
        {
            ReconcileHeld(container, held, "Reconciling");
        }
    }

    /// <summary>Waits for the lock first.</summary>
    /// <exception cref="ContainerStateException">Its record cannot be read, or is lost.</exception>
    public void Reconcile(Container container, string purpose, CancellationToken cancellation = default)
    {
        using FileLock held = context.Store.Lock(container.Id, $"{purpose} the container {container.Name}", cancellation);
        ReconcileHeld(container, held, purpose);
    }

    private void ReconcileHeld(Container container, FileLock held, string purpose)
    {
        if (container.View.TryLook(out ContainerView.Seen seen))
        {
            if (container.View.Damage is { } damage)
            {
                throw StateErrors.IsDead(container, purpose, damage);
            }

            ReconcileLocked(container, held, seen.State);
        }
        else
        {
            // Taking the lock has made its file anew.
            held.RemoveFile();
        }
    }

    /// <summary>What the container's state is waiting for; changes nothing.</summary>
    public ReconciliationNeed NeedOf(Container container)
    {
        if (container.View.Damage is not null)
        {
            return ReconciliationNeed.None;
        }

        StateRecord state = container.View.Current;
        return state.IsAlive && !state.Monitor.IsAlive ? ReconciliationNeed.Monitor
            : LeftItsCgroup(container, state) ? ReconciliationNeed.Cgroup
            : IsDue(container) ? ReconciliationNeed.Removal
            : ReconciliationNeed.None;
    }

    /// <summary>Under the lock. False when there was nothing to do.</summary>
    /// <param name="container">Of which the lock is held.</param>
    /// <param name="held">Its lock.</param>
    /// <param name="state">As it was seen under the lock.</param>
    /// <param name="forRemoval">The container is removed next: a full disk is no reason not to.</param>
    public bool ReconcileLocked(Container container, FileLock held, in StateRecord state, bool forRemoval = false)
    {
        // The start that is going on in another process holds the lock: what is seen here is not in motion. The monitor's lock is looked at
        // first: it costs less than /proc.
        bool isOrphan = state.IsAlive && !FileLock.IsHeld(container.View.Paths.MonitorLock) && !state.Monitor.IsAlive;
        if (isOrphan)
        {
            if (state.First.IsAlive)
            {
                Adopt(container, state);
            }
            else if (forRemoval)
            {
                ends.TryRecordUnknown(container, state);
            }
            else
            {
                ends.RecordUnknown(container, state);
            }
        }
        else if (LeftItsCgroup(container, state))
        {
            ends.RemoveCgroup(container.View.Record.CgroupPath, container.Name);
        }

        if (!IsDue(container))
        {
            return isOrphan;
        }

        if (container.View.Current is { IsAlive: true } alive)
        {
            ends.Force(container, alive.Run, CancellationToken.None);
        }

        removal.Complete(container, held);
        return true;
    }

    /// <summary>The monitor could not remove the cgroup of the run that has ended, and nobody has since.</summary>
    private bool LeftItsCgroup(Container container, in StateRecord state) =>
        state is { IsAlive: false, CgroupLeft: not null } && context.CgroupOf(container).Exists;

    /// <summary>Whether nothing keeps a container any more: ended, and to be removed then, or its session is over.</summary>
    private static bool IsDue(Container container) =>
        (container.AutoRemove && (container.State == ContainerState.Exited || IsAbandoned(container)))
        || (container.Lifetime == ContainerLifetime.Session && !SessionIsAlive(container));

    /// <summary>
    /// One that removes itself and whose start was killed before its process ran: nobody else removes it. Its creator holds the lock until
    /// it runs.
    /// </summary>
    private static bool IsAbandoned(Container container) =>
        container.State == ContainerState.Created && container.View.KnownRecord.FirstStart is not null;

    private static bool SessionIsAlive(Container container) =>
        container.View.LastStart is not { StarterPid: { } pid } start
        || new ProcessIdentity(pid, start.StarterStartTicks, start.BootId).IsAlive;

    /// <summary>Returns when the new monitor has written `adopted` with its own identity.</summary>
    private void Adopt(Container container, in StateRecord state) =>
        ContainerLauncher.Adopt(
            new AdoptRequest
            {
                ContainerId = container.Id,
                Pid = state.Pid,
                StartTicks = state.StartTicks,
                Cgroup = context.CgroupOf(container),
                // The session of a container is its starter's, which an adopter from elsewhere cannot watch for: the next command sees that
                // it is over.
                Monitor = monitors.For(container, state.Run) with
                {
                    EndWithStarter = container.View.LastStart?.StarterPid == Environment.ProcessId,
                },
            }
        );
}
