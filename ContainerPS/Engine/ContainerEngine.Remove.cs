using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Engine;

public sealed partial class ContainerEngine
{
    private const int RemovalsBetweenCleanings = 256;

    private static readonly TimeSpan CgroupTimeout = TimeSpan.FromSeconds(5);

    private int _removals;
    private bool _isSwept;

    /// <summary>Removes a container; a running one only with <paramref name="force"/>.</summary>
    public void Remove(Container container, bool force = false, CancellationToken cancellation = default)
    {
        using Transition transition = Enter(container, "Removing", cancellation);
        if (transition.State.IsAlive)
        {
            if (!force)
            {
                throw new ContainerStateException(
                    ErrorIds.InvalidStateTransition,
                    $"Container '{container.Name}' cannot be removed: it is {container.State.ToString().ToLowerInvariant()}.",
                    container.State.ToString(),
                    nameof(ContainerState.Exited),
                    container.Name,
                    "Stop it first, or remove it by force."
                );
            }

            SetDesired(transition, DesiredState.Stopped);
            EndLocked(container, cancellation);
        }

        RemoveLocked(container, transition.Lock);
    }

    /// <summary>
    /// Kills a container and waits for the record of its end; a dead monitor's part is done here, by the holder of the lock.
    /// </summary>
    private void EndLocked(Container container, CancellationToken cancellation)
    {
        KillAll(container);
        long end = Environment.TickCount64 + (long)EndTimeout.TotalMilliseconds;
        while (container.View.Current is { IsAlive: true } state)
        {
            if (Environment.TickCount64 > end)
            {
                throw StopTimedOut(container);
            }

            if (!MonitorOf(state).IsAlive && !InitOf(state).IsAlive)
            {
                RecordUnknownEnd(container, state);
            }
            else
            {
                cancellation.WaitHandle.WaitOne(1);
            }

            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>
    /// Takes away a container that does not run. The directory with its record goes first, by a rename into the trash: from then on there
    /// is no container, and what a kill leaves of the rest is a left-over, which the trash tells of. Files and an empty cgroup go behind
    /// the caller's back.
    /// </summary>
    private void RemoveLocked(Container container, FileLock held)
    {
        ContainerRecord record = container.View.KnownRecord;
        ContainerPaths paths = container.View.Paths;
        if (container.View.Exit is { } exit)
        {
            ExitRecords.KeepOfRemoved(paths, exit);
        }

        ContainerTrash.Take(paths);
        try
        {
            _store.ReleaseName(record.Name, paths.Id);
            // Processes are ended before anybody is told that the container is gone.
            if (!OwnsPids(record))
            {
                RemoveCgroup(record.CgroupPath, record.Name, mayHaveProcesses: true);
            }
        }
        catch
        {
            Volatile.Write(ref _isSwept, false);
            throw;
        }

        held.RemoveFile();
        _trash.Delete(paths, before: () => RemoveCgroup(record.CgroupPath, record.Name, mayHaveProcesses: false));
        if (Interlocked.Increment(ref _removals) % RemovalsBetweenCleanings == 0)
        {
            ExitRecords.DropOld(Store.RunRoot + "/exits");
        }
    }

    /// <summary>Whether all its processes end with its first one (man 7 pid_namespaces).</summary>
    private static bool OwnsPids(ContainerRecord record) =>
        record.Namespaces.Any(ns => ns is { Type: "pid", Path: null, SharedWith: null, IsHost: false });

    /// <summary>Removes what is left of a container's cgroup, with processes that outlived its first one.</summary>
    private void RemoveCgroup(string path, string container, bool mayHaveProcesses) =>
        OnCgroup(
            container,
            () =>
            {
                Cgroup cgroup = Cgroups.Open(path);
                if (mayHaveProcesses && cgroup.Exists && cgroup.Processes().Count > 0)
                {
                    cgroup.Kill();
                }

                cgroup.Remove(CgroupTimeout);
            }
        );

    /// <summary>
    /// Waits until the files of removed containers are deleted, which goes on behind a removal and is finished at the latest when the
    /// process ends (within some seconds; else the next command does it). What is ready for a next run is given back. False after the
    /// timeout. Needed only by who wants the store's file system for itself.
    /// </summary>
    public bool WaitForDeletions(TimeSpan timeout)
    {
        _spares.Release();
        return _trash.Wait(timeout);
    }

    /// <summary>
    /// The first change that an engine makes clears away, on another thread, what a killed process has left in the trash; the first one
    /// since the host was started, what is left of containers whose record lay in the run root.
    /// </summary>
    private void SweepOnce()
    {
        if (Interlocked.Exchange(ref _isSwept, true))
        {
            return;
        }

        _store.Prepare();
        string sign = Store.RunRoot + "/swept";
        if (_spares.Ids() is { Count: > 0 } spares)
        {
            _trash.Sweep(spares, _spares.Sweep);
        }

        if (FileStamp.Of(sign).Exists)
        {
            _trash.Sweep(_trash.Ids(), id => TryRemoveLeftOver(id));
        }
        else
        {
            _trash.Sweep(
                [.. _trash.Ids(), .. _store.Ids().Where(id => _store.Open(id) is null)],
                id => TryRemoveLeftOver(id),
                () => Files.Open(sign, O_WRONLY | O_CREAT, Modes.Mode0600).Dispose()
            );
        }
    }

    /// <summary>For those after whom nobody comes: waits for the deletions and throws what went wrong.</summary>
    private void CompleteDeletions()
    {
        _trash.Wait(Timeout.InfiniteTimeSpan);
        if (_trash.TakeFailures() is { Count: > 0 } failures)
        {
            throw new EngineException(
                ErrorIds.EngineFailure,
                EngineErrorKind.Failure,
                string.Join(' ', failures.Select(failure => failure.Message)),
                Store.Trash,
                inner: failures[0]
            );
        }
    }
}
