using ContainerPS.Native.Interop;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

/// <summary>
/// Wakes one thread of this process, by one system call (man 2 futex); the waiter takes the signal with it. <see cref="Monitor"/> needs
/// four switches between the two threads for the same, and its owner's processor spins first.
/// </summary>
public sealed unsafe class ThreadSignal
{
    // Pinned: the kernel compares the word at its address while the thread sleeps.
    private readonly int[] _word = GC.AllocateArray<int>(1, pinned: true);

    public void Set()
    {
        if (Interlocked.Exchange(ref _word[0], 1) == 0)
        {
            syscall(SYS.futex, Address, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
        }
    }

    public void Wait() => Wait(Timeout.InfiniteTimeSpan);

    /// <summary>False after the timeout.</summary>
    public bool Wait(TimeSpan timeout)
    {
        long end = timeout == Timeout.InfiniteTimeSpan ? long.MaxValue : Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        while (Interlocked.Exchange(ref _word[0], 0) == 0)
        {
            long left = end == long.MaxValue ? int.MaxValue : end - Environment.TickCount64;
            if (left <= 0)
            {
                return false;
            }

            var time = new timespec { tv_sec = left / 1000, tv_nsec = left % 1000 * 1_000_000 };

            // EAGAIN, EINTR and ETIMEDOUT all mean: look again.
            syscall(SYS.futex, Address, FUTEX_WAIT_PRIVATE, 0, (nint)(&time), 0, 0);
        }

        return true;
    }

    private nint Address => (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _word[0]);
}
