using System.Diagnostics.CodeAnalysis;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Common;

/// <summary>
/// Work that its giver does not wait for, done in order by one thread, which ends when there has been none for a while. A process that ends
/// finishes what is waiting first, within a bound; what it is killed over must be found again by other means.
/// </summary>
internal sealed class BackgroundWork
{
    /// <summary>Maximum length of the queue. When it is full, the caller does the work itself.</summary>
    private const int Capacity = 64;

    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AtProcessEnd = TimeSpan.FromSeconds(5);

    // Its monitor is waited on for the end of all work.
    private readonly Queue<Action> _waiting = new();
    private readonly Action<Exception> _failed;
    private readonly WorkerThread _worker;
    private bool _isBusy;
    private bool _isFinished = true;

    /// <param name="name">Of the thread, as debuggers show it.</param>
    /// <param name="failed">Takes what a piece of work throws.</param>
    public BackgroundWork(string name, Action<Exception> failed)
    {
        _failed = failed;
        _worker = new WorkerThread(name, Work, Idle, failed, Forget);
    }

    /// <summary>Puts work in line; false when too much is waiting. What the work throws goes to the queue's owner.</summary>
    public bool TryAdd(Action work)
    {
        lock (_waiting)
        {
            if (_waiting.Count >= Capacity)
            {
                return false;
            }

            _waiting.Enqueue(work);
            if (_isFinished)
            {
                AppDomain.CurrentDomain.ProcessExit += Finish;
            }

            _isFinished = false;
        }

        _worker.Wake();
        return true;
    }

    /// <summary>Waits until nothing is left to do; false after the timeout.</summary>
    public bool Wait(TimeSpan timeout)
    {
        long end = timeout == Timeout.InfiniteTimeSpan ? long.MaxValue : Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        lock (_waiting)
        {
            while (_isBusy || _waiting.Count > 0)
            {
                long left = end - Environment.TickCount64;
                if (left <= 0)
                {
                    return false;
                }

                Monitor.Wait(_waiting, (int)Math.Min(left, int.MaxValue));
            }

            return true;
        }
    }

    private void Work()
    {
        while (TryTake(out Action? work))
        {
            try
            {
                work();
            }
            catch (Exception failure)
            {
                // The pieces behind it are done all the same.
                _failed(failure);
            }
        }
    }

    private bool TryTake([NotNullWhen(true)] out Action? work)
    {
        lock (_waiting)
        {
            _isBusy = _waiting.TryDequeue(out work);
            if (!_isBusy)
            {
                Monitor.PulseAll(_waiting);
            }

            return _isBusy;
        }
    }

    /// <summary>The process's end holds nothing that has no work.</summary>
    private void Forget()
    {
        lock (_waiting)
        {
            if (_isFinished || _waiting.Count > 0)
            {
                return;
            }

            AppDomain.CurrentDomain.ProcessExit -= Finish;
            _isFinished = true;
        }
    }

    private void Finish(object? sender, EventArgs e) => Wait(AtProcessEnd);
}
