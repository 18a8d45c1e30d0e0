using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using ContainerPS.Native.Interop;

namespace ContainerPS.Tests;

/// <summary>
/// Work that is expected to wait for something, on a thread of its own. In three steps: begin it, await its sleep, end it.
/// </summary>
internal sealed class WaitingThread<T>
{
    // poll(2) has no number on arm64, where glibc asks ppoll(2).
    private static readonly int[] Sleeps =
    [
        SYS.futex,
        SYS.ppoll,
        RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 7 : SYS.ppoll,
    ];

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

    /// <summary>Returns when the thread sleeps: on a futex, as .NET does, or in poll(2).</summary>
    public void AwaitSleep() =>
        Eventually.Sees(
            () => _directory is { } directory ? ProcessState.CallOf(directory) : null,
            call => call is { } number && Sleeps.Contains(number),
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
