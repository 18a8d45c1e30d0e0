using System.Runtime.ExceptionServices;
using ContainerPS.Native.Interop;

namespace ContainerPS.Tests;

/// <summary>
/// Work that is expected to wait for something, on a thread of its own. In three steps: begin it, await its sleep, end it.
/// </summary>
internal sealed class WaitingThread<T>
{
    private readonly Thread _thread;
    private volatile string? _directory;
    private T? _result;
    private Exception? _failure;

    public WaitingThread(Func<T> work)
    {
        _thread = new Thread(() =>
        {
            _directory = "/proc/" + new FileInfo("/proc/thread-self").LinkTarget;
            try
            {
                _result = work();
            }
            catch (Exception failure)
            {
                _failure = failure;
            }
        })
        {
            IsBackground = true,
        };
        _thread.Start();
    }

    /// <summary>Returns when the thread sleeps: all that .NET waits with is a futex.</summary>
    public void AwaitSleep() =>
        Eventually.Sees(
            () => _directory is { } directory ? ProcessState.CallOf(directory) : null,
            call => call == SYS.futex,
            "the sleep of the thread"
        );

    /// <summary>Returns what the work returned, or throws what it threw.</summary>
    public T End()
    {
        Assert.True(_thread.Join(Eventually.Bound), "The thread still waits.");
        if (_failure is not null)
        {
            ExceptionDispatchInfo.Throw(_failure);
        }

        return _result!;
    }
}
