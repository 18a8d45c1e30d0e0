using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Launch;

/// <summary>
/// Shims in reserve: who starts one container after another (a loop, a runbook, a test suite) finds the next shim spawned, detached and
/// with a network namespace. At most one for containers and one for execs; each ends when nobody wants it for ten seconds, and
/// with this process. Who starts only one gets none.
/// </summary>
internal sealed class ShimReserve
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly ShimReserve _monitors = new(PlanMode.Service, Patience);
    private static readonly ShimReserve _execs = new(PlanMode.Exec, Patience);

    private readonly PlanMode _mode;
    private readonly TimeSpan _patience;
    private readonly WorkerThread _filler;
    private ReserveShim? _waiting;
    private bool _isSeries;
    private long _lastStart = long.MinValue;

    internal ShimReserve(PlanMode mode, TimeSpan patience)
    {
        _mode = mode;
        _patience = patience;
        _filler = new WorkerThread("containerps reserve", Fill, patience, GiveUp, Empty);
    }

    /// <summary>Null for the modes that have none.</summary>
    public static ShimReserve? Of(PlanMode mode) =>
        mode switch
        {
            PlanMode.Service => _monitors,
            PlanMode.Exec => _execs,
            _ => null,
        };

    /// <summary>
    /// The one in reserve, or a new one. The second start within the patience makes it likely that there will be a third.
    /// </summary>
    public ShimProcess Start(Plan plan, string label)
    {
        long now = Environment.TickCount64;
        Volatile.Write(ref _isSeries, Interlocked.Exchange(ref _lastStart, now) > now - (long)_patience.TotalMilliseconds);
        if (Interlocked.Exchange(ref _waiting, null) is { } waiting)
        {
            using FileDescriptor block = ShimProcess.WriteBlock(plan.Block);
            if (waiting.TryGive(plan, block, label) is { } shim)
            {
                return shim;
            }
        }

        return ShimProcess.Start(plan, label);
    }

    /// <summary>
    /// In a series, makes the next one: after a start, or, where the caller waits for the end of what it started, after that. Making one
    /// takes as long as a short command runs, and both want the same locks of the kernel's.
    /// </summary>
    /// <returns>True when its thread is at it, which reaps what the <see cref="ShimReaper"/> has taken, too: a wake costs more than
    /// either.</returns>
    public bool Replenish()
    {
        bool isWanted = Volatile.Read(ref _isSeries) && Volatile.Read(ref _waiting) is null;
        if (isWanted)
        {
            _filler.Wake();
        }

        return isWanted;
    }

    private void Fill()
    {
        ShimReaper.Reap();
        Interlocked.Exchange(ref _waiting, ReserveShim.Spawn(_mode))?.Dispose();
    }

    // No descriptor or no process to spare, for example. The reserve is optional; if the cause persists, the next start reports it.
    private void GiveUp(Exception failure) => Volatile.Write(ref _lastStart, long.MinValue);

    private void Empty() => Interlocked.Exchange(ref _waiting, null)?.Dispose();
}
