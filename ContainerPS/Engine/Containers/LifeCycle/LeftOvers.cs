using System.Diagnostics;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>
/// What killed processes have left: found by each process before its first change, and after its removals, and cleared behind its back.
/// </summary>
internal sealed class LeftOvers
{
    // A sweep looks at each container: of a store with many it must not become what the thread is busy with.
    private const int ShareOfSweeps = 20;

    private static readonly TimeSpan BetweenSweeps = TimeSpan.FromMilliseconds(100);

    private readonly ContainerContext _context;
    private readonly Removal _removal;
    private bool _isSwept;
    private long _nextSweep;

    public LeftOvers(ContainerContext context, Removal removal)
    {
        (_context, _removal) = (context, removal);
        removal.Interrupted = () => Volatile.Write(ref _isSwept, false);
        context.Trash.Deleted = SweepAgain;
    }

    /// <summary>Makes the store's directories, looks for left-overs and has them cleared on the thread that deletes.</summary>
    public void SweepOnce()
    {
        if (Interlocked.Exchange(ref _isSwept, true))
        {
            return;
        }

        _context.Store.Prepare();
        ContainerTrash trash = _context.Trash;
        if (_context.Spares.Ids() is { Count: > 0 } spares)
        {
            trash.Sweep(spares, _context.Spares.Sweep);
        }

        if (Locks() is { Count: > 0 } locks)
        {
            trash.Sweep(locks, RemoveLock);
        }

        trash.Sweep(Find(), id => _removal.TryRemoveLeftOver(id), () => ExitRecords.DropOld(_context.KeptExits));
    }

    /// <summary>A process that lives for long meets what others leave that are killed after its first change.</summary>
    private void SweepAgain()
    {
        long begin = Stopwatch.GetTimestamp();
        if (begin < Volatile.Read(ref _nextSweep))
        {
            return;
        }

        _context.Trash.SweepOthers(_context.Spares.Ids(), _context.Spares.Sweep);
        _context.Trash.SweepOthers(Find(), id => _removal.TryRemoveLeftOverNow(id));
        _context.Trash.SweepOthers(Locks(), RemoveLock);
        long end = Stopwatch.GetTimestamp();
        long pause = Math.Max((end - begin) * ShareOfSweeps, (long)(BetweenSweeps.TotalSeconds * Stopwatch.Frequency));
        Volatile.Write(ref _nextSweep, end + pause);
    }

    /// <summary>Clears them now.</summary>
    public void Sweep()
    {
        _context.Store.Prepare();
        foreach (string id in Find())
        {
            _removal.TryRemoveLeftOver(id);
        }

        foreach (string id in Locks())
        {
            RemoveLock(id);
        }

        foreach (string id in _context.Spares.Ids())
        {
            _context.Spares.Sweep(id);
        }

        ExitRecords.DropOld(_context.KeptExits);
    }

    /// <summary>Waits for the deletions and throws what went wrong: for processes after which nobody comes.</summary>
    public void CompleteDeletions()
    {
        _context.Trash.Wait(Timeout.InfiniteTimeSpan);
        if (_context.Trash.TakeFailures() is not { Count: > 0 } failures)
        {
            return;
        }

        throw new EngineException(
            ErrorIds.EngineFailure,
            EngineErrorKind.Failure,
            string.Join(' ', failures.Select(failure => failure.Message)),
            _context.Location.Trash,
            inner: failures[0]
        );
    }

    /// <summary>
    /// Ids of which there is something and no container: directories in both roots, names that lead nowhere, the trash. One that is being
    /// created looks the same, but its lock is held.
    /// </summary>
    public IReadOnlyList<string> Find()
    {
        ContainerStore store = _context.Store;
        var ids = new HashSet<string>(store.Ids(), StringComparer.Ordinal);
        ids.UnionWith(store.RunIds());
        ids.UnionWith(store.ReservedNames().Select(pair => pair.Id));
        ids.RemoveWhere(id => !Definition.ContainerName.IsId(id) || store.IsContainer(id));
        ids.UnionWith(_context.Trash.Ids());
        return [.. ids];
    }

    /// <summary>Ids that have a lock file and no container.</summary>
    private IReadOnlyList<string> Locks() =>
        [.. _context.Store.LockIds().Where(id => Definition.ContainerName.IsId(id) && !_context.Store.IsContainer(id))];

    /// <summary>
    /// That of one killed between its lock and its directories, or the other way. Nothing else is known of such an id: a cgroup of that
    /// name may be another store's.
    /// </summary>
    private void RemoveLock(string id)
    {
        using FileLock? held = _context.Store.TryLock(id);
        if (held is not null && !_context.Store.IsContainer(id))
        {
            held.RemoveFile();
        }
    }
}
