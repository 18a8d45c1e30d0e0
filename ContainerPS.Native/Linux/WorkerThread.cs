using static ContainerPS.Native.Interop.Libc;
using SYS = ContainerPS.Native.Interop.SYS;

namespace ContainerPS.Native.Linux;

/// <summary>
/// One thread that works beside its owner's, when told to. A thread pool would spin when it wakes up and when it has nothing to do, on the
/// processors that the container needs just then; this one sleeps in the kernel. It is woken on another processor than its waker's: where
/// processors share no cache (virtual machines) Linux leaves a woken thread behind its waker, however idle the others are, and nothing
/// would be done beside anything.
/// </summary>
/// <param name="name">Of the thread, as debuggers show it.</param>
/// <param name="work">Called each time after a wake; wakes that come meanwhile are one more call.</param>
/// <param name="patience">The thread ends when nobody has woken it for so long; a wake begins a new one.</param>
/// <param name="failed">Takes what the work or <paramref name="idle"/> throws: an exception that leaves a thread ends the process.</param>
/// <param name="idle">Called before it ends.</param>
public sealed unsafe class WorkerThread(string name, Action work, TimeSpan patience, Action<Exception> failed, Action? idle = null)
{
    private const int StackBytes = 256 * 1024;

    private readonly Lock _gate = new();
    private readonly ThreadSignal _signal = new();
    private readonly ProcessorMask _everywhere = new();
    private readonly ProcessorMask _elsewhere = new();
    private bool _isThere;
    private bool _isSteered;

    // 0 while the thread works: only one that sleeps is steered, what it starts inherits where it may run.
    private int _sleeper;

    /// <summary>Has the work done, soon.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            if (!_isThere)
            {
                _isThere = true;
                _signal.Set();
                new Thread(Run, StackBytes) { IsBackground = true, Name = name }.Start();
                return;
            }

            if (_sleeper != 0 && _everywhere.TryRead())
            {
                _elsewhere.Take(_everywhere, except: sched_getcpu());
                _elsewhere.TryApply(_sleeper);
                _isSteered = true;
            }

            _sleeper = 0;
            _signal.Set();
        }
    }

    private void Run()
    {
        int id = (int)syscall(SYS.gettid, 0, 0, 0, 0, 0, 0);
        while (_signal.Wait(patience) || !IsOver())
        {
            lock (_gate)
            {
                _sleeper = 0;
                if (_isSteered)
                {
                    _everywhere.TryApply(id);
                    _isSteered = false;
                }
            }

            Try(work);
            lock (_gate)
            {
                _sleeper = id;
            }
        }

        if (idle is not null)
        {
            Try(idle);
        }
    }

    // Also of what only a broken machine throws (no memory, no more threads): the process is its user's, who did not ask for this thread.
    private void Try(Action step)
    {
        try
        {
            step();
        }
        catch (Exception failure)
        {
            failed(failure);
        }
    }

    /// <summary>A wake between the end of the patience and this question is not lost.</summary>
    private bool IsOver()
    {
        lock (_gate)
        {
            _isThere = _signal.Wait(TimeSpan.Zero);
            if (!_isThere)
            {
                _sleeper = 0;
            }

            return !_isThere;
        }
    }
}
