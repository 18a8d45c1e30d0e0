using System.Diagnostics;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Engine.Containers.Limits;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>
/// The end of a run, as the engine brings it about. The monitor ends an ordinary run: it kills what is left in the cgroup, removes the
/// cgroup and records the end. What a dead monitor could not do is done here, and so is the killing.
/// </summary>
internal sealed class EndOfRun(ContainerContext context)
{
    /// <summary>How long the end of a killed container may take to be recorded.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan CgroupTimeout = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan MonitorPatience = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Under the lock, for a removal: kills a run and waits for the record of its end; a dead monitor's part is done here. On a full disk
    /// there may be no record.
    /// </summary>
    public void Force(Container container, int run, CancellationToken cancellation)
    {
        using var watch = new RunWatch(container);
        KillAll(container, run);
        long end = Environment.TickCount64 + (long)Timeout.TotalMilliseconds;
        while (container.View.Current is { IsAlive: true } state && state.Run == run)
        {
            long left = end - Environment.TickCount64;
            if (left <= 0)
            {
                throw StateErrors.StopTimedOut(container, Timeout);
            }

            using Pidfd? monitor = state.Monitor.Open();
            using Pidfd? first = monitor is null ? state.First.Open() : null;
            if (monitor is null && first is null)
            {
                if (!TryRecordUnknown(container, state))
                {
                    return;
                }

                continue;
            }

            watch.Wait(monitor ?? first!, TimeSpan.FromMilliseconds(left), cancellation);
        }
    }

    /// <summary>
    /// Ends all processes of a run. In a pid namespace of its own they end with the first one, which is quicker than its cgroup is; frozen
    /// ones, and those of a shared namespace, are reached through the cgroup alone. The kernel is asked what is frozen: a pause that was
    /// killed before it was recorded, or a freeze by somebody else, is not in the log.
    /// </summary>
    public void KillAll(Container container, int run)
    {
        StateRecord state = container.View.Current;
        if (!state.IsAlive || state.Run != run)
        {
            return;
        }

        context.Events.Killed(container.View.Record, Signal.Kill);
        CgroupFailures.Translate(
            container.Name,
            () =>
            {
                Cgroup cgroup = context.CgroupOf(container);
                try
                {
                    Kill(container, cgroup, state);
                }
                catch (Exception gone) when (gone is LinuxException or CgroupException && !cgroup.Exists)
                {
                    // The run ended by itself meanwhile, and its monitor has removed the cgroup.
                    Debug.WriteLine(gone);
                }
            }
        );
        if (container.View.Damage is not null)
        {
            // Where its cgroup is only the record says. Its first process is known all the same.
            Send(state, Signal.Kill);
        }
    }

    private static void Kill(Container container, Cgroup cgroup, in StateRecord state)
    {
        if (OwnsPids(container.View.Record) && !cgroup.IsFrozen)
        {
            Send(state, Signal.Kill);
        }
        else
        {
            cgroup.Kill();
        }
    }

    /// <summary>A signal to the first process, and the event of it.</summary>
    public void SendSignal(Container container, in StateRecord state, Signal signal)
    {
        context.Events.Killed(container.View.Record, signal);
        Send(state, signal);
    }

    // A process that has gone meanwhile needs no signal.
    private static bool Send(in StateRecord state, Signal signal)
    {
        using Pidfd? process = state.First.Open();
        return process?.SendSignal(signal) == true;
    }

    /// <summary>As <see cref="RecordUnknown"/>, for a removal; false, and a warning, when the disk has no room for the record.</summary>
    public bool TryRecordUnknown(Container container, in StateRecord state)
    {
        try
        {
            RecordUnknown(container, state);
            return true;
        }
        catch (LinuxException failure) when (StoreFailure.IsFullDisk(failure.Errno))
        {
            context.Warnings.Enqueue($"The end of the container {container.Name} could not be recorded: {failure.Message}.");
            return false;
        }
    }

    /// <summary>
    /// Under the lock, for a run whose monitor and first process are gone: ends what is left of it and records that nobody saw its end.
    /// </summary>
    public void RecordUnknown(Container container, in StateRecord state)
    {
        ContainerPaths paths = container.View.Paths;
        string exits = container.AutoRemove ? paths.VolatileExits : paths.Exits;
        RemoveCgroup(container.View.Record.CgroupPath, container.Name);
        // The monitor may have recorded the end durably and died before it told the state.
        RunExit? known = ContainerDocuments.TryRead(exits) is { } log ? StateLog.ReadExit(log, state.Run) : null;
        RunExit exit = known ?? new RunExit(state.Run, -1, 0, false, DateTimeOffset.UtcNow);
        if (known is null)
        {
            ExitRecords.AppendExit(exits, exit);
        }

        context.Events.Died(container.View.Record, exit);
        ExitRecords.AppendExit(paths.State, exit);
    }

    /// <summary>
    /// Under the lock: ends a run that the state log of this boot does not know, with the event of it. The host was restarted while it ran,
    /// or its run directory is gone: then its processes, and its monitor, may live on.
    /// </summary>
    public void EndLost(Container container)
    {
        if (container.View is not { Current.Last: StateEvent.None, LastStart: { } start, Exit: not null })
        {
            return;
        }

        ContainerRecord record = container.View.Record;
        Cgroup cgroup = context.CgroupOf(container);
        if (cgroup.Exists && cgroup.Processes().Count > 0)
        {
            using Inotify? journal = context.Events.TryWatch();
            RemoveCgroup(record.CgroupPath, container.Name);
            AwaitDeath(record, start.Run, journal);
        }

        context.Events.Died(record, container.View.Exit!);
    }

    /// <summary>A monitor that lives tells the end of its run itself, a dead one never will; nothing is left to say which it is.</summary>
    private void AwaitDeath(ContainerRecord record, int run, Inotify? journal)
    {
        long end = Environment.TickCount64 + (long)MonitorPatience.TotalMilliseconds;
        while (journal is not null && !context.Events.HasDied(record, run))
        {
            long left = end - Environment.TickCount64;
            if (left <= 0 || !Readiness.WaitAsync([journal.Descriptor], TimeSpan.FromMilliseconds(left)).GetAwaiter().GetResult())
            {
                return;
            }

            journal.Drain();
        }
    }

    /// <summary>Removes what is left of a container's cgroup, with processes that outlived its first one.</summary>
    public void RemoveCgroup(string path, string container) =>
        CgroupFailures.Translate(
            container,
            () =>
            {
                Cgroup cgroup = context.Cgroups.Open(path);
                if (!cgroup.Exists)
                {
                    return;
                }

                if (cgroup.Processes().Count > 0)
                {
                    cgroup.Kill();
                }

                cgroup.Remove(CgroupTimeout);
            }
        );

    /// <summary>Whether all its processes end with its first one (man 7 pid_namespaces).</summary>
    public static bool OwnsPids(ContainerRecord record) =>
        record.Namespaces.Any(ns => ns is { Type: "pid", Path: null, SharedWith: null, IsHost: false });
}
