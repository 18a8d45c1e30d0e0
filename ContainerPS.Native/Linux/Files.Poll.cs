using System.Runtime.InteropServices;
using ContainerPS.Native.Interop;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

/// <content>Waiting for several descriptors at once.</content>
public static partial class Files
{
    /// <summary>
    /// <c>poll(2)</c> for input on up to 32 descriptors; -1 stands for none. Bit n of the result is set when descriptor n can be read, has
    /// ended or failed; 0 after the time-out, or when a signal came.
    /// </summary>
    public static unsafe uint PollForInput(ReadOnlySpan<int> descriptors, int timeoutMilliseconds)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(descriptors.Length, 32);
        pollfd* polled = stackalloc pollfd[descriptors.Length];
        for (int i = 0; i < descriptors.Length; i++)
        {
            polled[i] = new pollfd { fd = descriptors[i], events = POLLIN };
        }

        int count = poll(polled, (nuint)descriptors.Length, timeoutMilliseconds);
        if (count < 0 && Marshal.GetLastPInvokeError() == EINTR)
        {
            return 0;
        }

        LinuxException.Check(count, $"poll({descriptors.Length} descriptors, {timeoutMilliseconds})");
        uint ready = 0;
        for (int i = 0; i < descriptors.Length; i++)
        {
            ready |= polled[i].revents != 0 ? 1u << i : 0;
        }

        return ready;
    }
}
