using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine;

public sealed partial class ContainerEngine
{
    /// <summary>Adopts running containers whose monitor has died and removes what killed processes left behind.</summary>
    public void Reconcile()
    {
        foreach (string? id in _store.Ids().ToArray())
        {
            if (_store.Open(id) is { } container)
            {
                ReconcileOne(container);
            }
            else
            {
                TryRemoveLeftOver(id);
            }
        }

        foreach ((string _, string? id) in _store.ReservedNames())
        {
            if (_store.Open(id) is null)
            {
                TryRemoveLeftOver(id);
            }
        }

        foreach (string id in _trash.Ids())
        {
            TryRemoveLeftOver(id);
        }

        foreach (string id in _spares.Ids())
        {
            _spares.Sweep(id);
        }

        foreach (string? id in _store.RunIds().Where(id => _store.Open(id) is null))
        {
            TryRemoveLeftOver(id);
        }

        ExitRecords.DropOld(Store.RunRoot + "/exits");
        CompleteDeletions();
    }

    /// <summary>
    /// What a monitor asks for when its container has ended and its starter is gone (`containerps internal on-exit ID`). A container that
    /// is gone already is no error: another command has met it.
    /// </summary>
    public void OnExit(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (_store.Open(id) is not { } container)
        {
            return;
        }

        SweepOnce();
        // Nobody comes after the monitor: what holds the lock now is waited for.
        using (FileLock held = _store.Lock(id, $"Ending the container {container.Name}"))
        {
            if (FileStamp.Of(container.View.Paths.Record).Exists)
            {
                ReconcileLocked(container, held, container.View.Current);
            }
            else
            {
                held.RemoveFile();
            }
        }

        CompleteDeletions();
    }

    /// <summary>
    /// For queries: brings one container up to date if nobody works on it. A failure to adopt stays with the container, which goes on
    /// running; the next command that changes it meets the same failure and tells it.
    /// </summary>
    private void ReconcileQuietly(Container container)
    {
        try
        {
            if (NeedsReconciliation(container))
            {
                ReconcileOne(container);
            }
        }
        catch (Exception failure) when (failure is LaunchException or LinuxException or EngineException)
        {
            System.Diagnostics.Debug.WriteLine(failure);
        }
    }

    private void ReconcileOne(Container container)
    {
        if (!NeedsReconciliation(container))
        {
            return;
        }

        using FileLock? held = _store.TryLock(container.Id);
        if (held is not null && FileStamp.Of(container.View.Paths.Record).Exists)
        {
            ReconcileLocked(container, held, container.View.Current);
        }
    }

    private static bool NeedsReconciliation(Container container)
    {
        StateRecord state = container.View.Current;
        return (state.IsAlive && !MonitorOf(state).IsAlive) || IsDue(container);
    }

    /// <summary>Whether nothing keeps a container any more: ended, and to be removed then, or its session is over.</summary>
    private static bool IsDue(Container container) =>
        (container.AutoRemove && container.State == ContainerState.Exited)
        || (container.Lifetime == ContainerLifetime.Session && !SessionIsAlive(container));

    private static bool SessionIsAlive(Container container) =>
        container.View.LastStart is not { StarterPid: { } pid } start
        || new ProcessIdentity(pid, start.StarterStartTicks, start.BootId).IsAlive;

    /// <summary>
    /// Under the lock: a monitor for a container that lost its own, an end for one that nobody saw end, removal for one that removes
    /// itself. False when there was nothing to do.
    /// </summary>
    private bool ReconcileLocked(Container container, FileLock held, in StateRecord state)
    {
        // The start that is going on in another process holds the lock: what is seen here is not in motion. The monitor's lock is looked at
        // first: it costs less than /proc.
        bool isOrphan = state.IsAlive && !FileLock.IsHeld(container.View.Paths.MonitorLock) && !MonitorOf(state).IsAlive;
        if (isOrphan)
        {
            if (InitOf(state).IsAlive)
            {
                Adopt(container, state);
            }
            else
            {
                RecordUnknownEnd(container, state);
            }
        }

        if (!IsDue(container))
        {
            return isOrphan;
        }

        if (container.View.Current.IsAlive)
        {
            EndLocked(container, CancellationToken.None);
        }

        RemoveLocked(container, held);
        return true;
    }

    /// <summary>The adopting monitor says `running` again, with its own identity, before this returns.</summary>
    private void Adopt(Container container, in StateRecord state) =>
        ContainerLauncher.Adopt(
            new AdoptRequest
            {
                ContainerId = container.Id,
                Pid = state.Pid,
                StartTicks = state.StartTicks,
                // The session of a container is its starter's, which an adopter from elsewhere cannot watch for: the next command sees that
                // it is over.
                Monitor = MonitorOf(container, state.Run) with
                {
                    EndWithStarter = container.View.LastStart?.StarterPid == Environment.ProcessId,
                },
            }
        );

    private static void RecordUnknownEnd(Container container, in StateRecord state)
    {
        ContainerPaths paths = container.View.Paths;
        string exits = container.AutoRemove ? paths.VolatileExits : paths.Exits;
        // The monitor may have recorded the end durably and died before it told the state.
        RunExit? known = ContainerDocuments.TryRead(exits) is { } log ? StateLog.ReadExit(log, state.Run) : null;
        RunExit exit = known ?? new RunExit(state.Run, -1, 0, false, DateTimeOffset.UtcNow);
        if (known is null)
        {
            ExitRecords.AppendExit(exits, exit);
        }

        ExitRecords.AppendExit(paths.State, exit);
    }

    /// <summary>Removes what a killed create or remove has left of an id; false when it is a container, or somebody works on it.</summary>
    private bool TryRemoveLeftOver(string id)
    {
        if (id.Length != ContainerName.IdLength || _store.Open(id) is not null)
        {
            return false;
        }

        using FileLock? held = _store.TryLock(id);
        (ContainerPaths? paths, ContainerPaths? inRunRoot) = (_store.PathsOf(id), _store.PathsOf(id, isVolatile: true));
        if (
            held is null
            || FileStamp.Of(paths.Record) is { Exists: true, Length: > 0 }
            || FileStamp.Of(inRunRoot.Record) is { Exists: true, Length: > 0 }
        )
        {
            return false;
        }

        foreach ((string? name, string _) in _store.ReservedNames().Where(pair => pair.Id == id))
        {
            _store.ReleaseName(name, id);
        }
        // A removal leaves the record with the rest in the trash; a create that was killed had not written one, nor made a cgroup.
        ContainerRecord? record =
            ContainerDocuments.TryReadRecord(paths.Trash + "/container.json")
            ?? ContainerDocuments.TryReadRecord(paths.RunTrash + "/container.json");
        RemoveCgroup(record?.CgroupPath ?? $"{Options.CgroupParent!.TrimEnd('/')}/{id}", id, mayHaveProcesses: true);
        ContainerTrash.Take(paths);
        held.RemoveFile();
        _trash.Delete(paths);
        return true;
    }
}
