namespace ContainerPS.Engine.Common;

/// <summary>
/// Work that its giver does not wait for, done in order by one thread, which ends when there has been none for a while. A process that ends
/// finishes what is waiting first, within a bound; what it is killed over must be found again by other means.
/// </summary>
/// <param name="name">Of the thread, as debuggers show it.</param>
internal sealed class BackgroundWork(string name)
{
    /// <summary>Who is faster than the thread for long has to do it himself: that is what bounds what waits.</summary>
    private const int Capacity = 64;

    private const int StackBytes = 256 * 1024;

    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AtProcessEnd = TimeSpan.FromSeconds(5);

    // Its monitor is waited on by the thread for work and by others for the end of all work.
    private readonly Queue<Action> _waiting = new();
    private bool _hasThread;
    private bool _isBusy;

    /// <summary>Puts work in line; false when too much is waiting. The work catches what it throws.</summary>
    public bool TryAdd(Action work)
    {
        lock (_waiting)
        {
            if (_waiting.Count >= Capacity) return false;
            _waiting.Enqueue(work);
            if (_hasThread) Monitor.PulseAll(_waiting);
            else Begin();
            return true;
        }
    }

    /// <summary>Waits until nothing is left to do; false after the timeout.</summary>
    public bool Wait(TimeSpan timeout)
    {
        var end = timeout == Timeout.InfiniteTimeSpan ? long.MaxValue : Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        lock (_waiting)
        {
            while (_isBusy || _waiting.Count > 0)
            {
                var left = end - Environment.TickCount64;
                if (left <= 0) return false;
                Monitor.Wait(_waiting, (int)Math.Min(left, int.MaxValue));
            }

            return true;
        }
    }

    private void Begin()
    {
        // In the background: it must not keep a process alive beyond the bound.
        var thread = new Thread(Work, StackBytes) { IsBackground = true, Name = name };
        thread.Start();
        _hasThread = true;
        AppDomain.CurrentDomain.ProcessExit += Finish;
    }

    private void Work()
    {
        while (Next() is { } work) work();
    }

    private Action? Next()
    {
        lock (_waiting)
        {
            _isBusy = false;
            Monitor.PulseAll(_waiting);
            while (_waiting.Count == 0)
            {
                if (Monitor.Wait(_waiting, Idle) || _waiting.Count > 0) continue;
                AppDomain.CurrentDomain.ProcessExit -= Finish;
                _hasThread = false;
                return null;
            }

            _isBusy = true;
            return _waiting.Dequeue();
        }
    }

    private void Finish(object? sender, EventArgs e) => Wait(AtProcessEnd);
}
