using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Launch;

/// <summary>
/// Shims in reserve: who starts one container after another (a loop, a runbook, a test suite) finds the next shim spawned, detached and with a network
/// namespace, made while the container before ran. At most one for containers and one for execs; each ends when nobody wants it for ten seconds, and
/// with this process. Who starts only one gets none.
/// </summary>
internal sealed class ShimReserve(PlanMode mode, TimeSpan patience)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly ShimReserve s_monitors = new(PlanMode.Service, s_patience);
    private static readonly ShimReserve s_execs = new(PlanMode.Exec, s_patience);

    private readonly object _gate = new();
    private ReserveShim? _waiting;
    private bool _isWanted;
    private bool _hasFiller;
    private long _lastStart = long.MinValue;

    /// <summary>Null for the modes that have none.</summary>
    public static ShimReserve? Of(PlanMode mode) => mode switch
    {
        PlanMode.Service => s_monitors,
        PlanMode.Exec => s_execs,
        _ => null,
    };

    /// <summary>The one in reserve, or a new one.</summary>
    public ShimProcess Start(Plan plan, string label)
    {
        if (Interlocked.Exchange(ref _waiting, null) is { } waiting)
        {
            using var block = ShimProcess.WriteBlock(plan.Block);
            if (waiting.TryGive(plan, block, label) is { } shim)
            {
                return shim;
            }
        }
        return ShimProcess.Start(plan, label);
    }

    /// <summary>After a start: the second within the patience makes it likely that there will be a third.</summary>
    public void Replenish()
    {
        lock (_gate)
        {
            var now = Environment.TickCount64;
            var isSeries = _lastStart > now - (long)patience.TotalMilliseconds;
            _lastStart = now;
            if (!isSeries || _waiting is not null)
            {
                return;
            }
            _isWanted = true;
            if (_hasFiller)
            {
                Monitor.Pulse(_gate);
                return;
            }
            _hasFiller = true;
        }

        // Not the thread pool's: it spins when it wakes up, on the processors that the container needs just now.
        new Thread(Fill, 256 * 1024) { IsBackground = true, Name = "containerps reserve" }.Start();
    }

    /// <summary>Makes one whenever it is wanted; takes it away, and ends, when it was not taken for so long.</summary>
    private void Fill()
    {
        while (AwaitWanted())
        {
            try
            {
                Interlocked.Exchange(ref _waiting, ReserveShim.Spawn(mode))?.Dispose();
            }
            catch (LinuxException)
            {
                // No descriptor or no process to spare: the next start meets the same want and says so, with its own words, and a reserve is for
                // those who succeed.
                Volatile.Write(ref _lastStart, long.MinValue);
            }
        }
        Interlocked.Exchange(ref _waiting, null)?.Dispose();
    }

    private bool AwaitWanted()
    {
        lock (_gate)
        {
            if (!_isWanted)
            {
                Monitor.Wait(_gate, patience);
            }
            _hasFiller = _isWanted;
            _isWanted = false;
            return _hasFiller;
        }
    }
}
