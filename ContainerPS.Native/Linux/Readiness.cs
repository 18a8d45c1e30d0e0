using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ContainerPS.Native.Interop;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

/// <summary>
/// Waits for descriptors without a thread for each wait: one thread of the process sleeps in poll(2) for all of them, and ends when nobody
/// waits.
/// </summary>
public static class Readiness
{
    private static readonly Lock Gate = new();
    private static readonly List<Waiter> Waiters = [];
    private static FileDescriptor? _wake;

    /// <summary>
    /// True when one of the descriptors can be read, has ended or failed; false after the timeout. The descriptors stay open until the task
    /// has ended.
    /// </summary>
    /// <param name="descriptors">Any kind that poll(2) knows.</param>
    /// <param name="timeout">Or <see cref="Timeout.InfiniteTimeSpan"/>.</param>
    /// <param name="cancellation">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    public static async Task<bool> WaitAsync(
        IReadOnlyList<FileDescriptor> descriptors,
        TimeSpan timeout,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(descriptors);
        cancellation.ThrowIfCancellationRequested();
        var waiter = new Waiter([.. descriptors.Select(descriptor => descriptor.Number)]);
        Add(waiter);
        try
        {
            await waiter.Ready.Task.WaitAsync(timeout, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        catch (OperationCanceledException)
        {
            throw new OperationCanceledException(cancellation);
        }
        finally
        {
            Remove(waiter);
            GC.KeepAlive(descriptors);
        }
    }

    private static void Add(Waiter waiter)
    {
        lock (Gate)
        {
            Waiters.Add(waiter);
            if (_wake is null)
            {
                _wake = new FileDescriptor(LinuxException.Check(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), $"eventfd(0)"));
                new Thread(Poll, 128 * 1024) { IsBackground = true, Name = "containerps readiness" }.Start(_wake);
                return;
            }

            Wake();
        }
    }

    /// <summary>Returns when the thread does not look at the waiter's descriptors any more: their numbers may be used again then.</summary>
    private static void Remove(Waiter waiter)
    {
        lock (Gate)
        {
            if (!Waiters.Remove(waiter))
            {
                return;
            }

            Wake();
        }

        // poll(2) holds its own references to what it sleeps on; a number that is used again is looked up by the next call only, which does
        // not have it.
    }

    private static void Wake()
    {
        Span<byte> one = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(one, 1);
        _wake!.Write(one);
    }

    private static unsafe void Poll(object? state)
    {
        var wake = (FileDescriptor)state!;
        Span<byte> counter = stackalloc byte[8];
        while (TryTake(wake, out Waiter[] waiters, out pollfd[] polled))
        {
            fixed (pollfd* first = polled)
            {
                // A failure other than a signal is one of this call's memory: nothing that a waiter could do better.
                if (poll(first, (nuint)polled.Length, -1) < 0 && Marshal.GetLastPInvokeError() != EINTR)
                {
                    Fail(waiters, new LinuxException("poll()", Marshal.GetLastPInvokeError()));
                    continue;
                }
            }

            if (polled[0].revents != 0)
            {
                wake.Read(counter);
            }

            Complete(waiters, polled);
        }
    }

    /// <summary>What to sleep on; false, and the thread ends, when nobody waits.</summary>
    private static bool TryTake(FileDescriptor wake, out Waiter[] waiters, out pollfd[] polled)
    {
        lock (Gate)
        {
            waiters = [.. Waiters];
            polled =
            [
                new pollfd { fd = wake.Number, events = POLLIN },
                .. waiters.SelectMany(waiter => waiter.Numbers).Select(number => new pollfd { fd = number, events = POLLIN }),
            ];
            if (waiters.Length > 0)
            {
                return true;
            }

            wake.Dispose();
            _wake = null;
            return false;
        }
    }

    private static void Complete(Waiter[] waiters, pollfd[] polled)
    {
        int next = 1;
        foreach (Waiter waiter in waiters)
        {
            bool isReady = polled.AsSpan(next, waiter.Numbers.Length).ContainsAnyReady();
            next += waiter.Numbers.Length;
            if (isReady && Forget(waiter))
            {
                waiter.Ready.TrySetResult();
            }
        }
    }

    private static void Fail(Waiter[] waiters, Exception failure)
    {
        foreach (Waiter waiter in waiters.Where(Forget))
        {
            waiter.Ready.TrySetException(failure);
        }
    }

    private static bool Forget(Waiter waiter)
    {
        lock (Gate)
        {
            return Waiters.Remove(waiter);
        }
    }

    private static bool ContainsAnyReady(this Span<pollfd> polled)
    {
        foreach (pollfd one in polled)
        {
            if (one.revents != 0)
            {
                return true;
            }
        }

        return false;
    }

    private sealed class Waiter(int[] numbers)
    {
        public int[] Numbers { get; } = numbers;

        // What continues does not run on the thread that watches for everybody.
        public TaskCompletionSource Ready { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
