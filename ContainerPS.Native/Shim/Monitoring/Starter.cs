using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim.Monitoring;

/// <summary>The other end of the status socket after the start.</summary>
internal static unsafe class Starter
{
    private static bool _isGone;
    private static bool _tookOver;

    public static bool IsThere => !_isGone;

    /// <summary>The starter has said that what follows the exit is its own work; it may be done with it, and gone, by now.</summary>
    public static bool TookOver => _tookOver;

    /// <summary>Takes every message that is there.</summary>
    public static void Listen()
    {
        byte* message = stackalloc byte[16];
        while (!_isGone)
        {
            long length = Sys.Call(SystemCall.recvfrom, StatusSocket.Descriptor, (long)message, 16, MSG_DONTWAIT);
            if (length == -EAGAIN || length == -EINTR)
            {
                return;
            }

            if (length <= 0)
            {
                Leave();
            }
            else if (message[0] == PlanFormat.TakeOver)
            {
                _tookOver = true;
            }
        }
    }

    /// <summary>
    /// A starter that is still there says 'A' or closes its end within moments of the start. A command that ends at once must not make the
    /// monitor clean up beside it.
    /// </summary>
    public static void AwaitDecision(long milliseconds)
    {
        long until = Sys.MonotonicMilliseconds() + milliseconds;
        Listen();
        while (!_isGone && !_tookOver)
        {
            long left = until - Sys.MonotonicMilliseconds();
            if (left <= 0)
            {
                return;
            }

            WaitForMessage(left);
        }
    }

    public static void AwaitEnd()
    {
        while (!_isGone)
        {
            WaitForMessage(-1);
        }
    }

    private static void WaitForMessage(long milliseconds)
    {
        pollfd wait;
        wait.fd = StatusSocket.Descriptor;
        wait.events = POLLIN;
        wait.revents = 0;
        Sys.Poll(&wait, 1, milliseconds);
        Listen();
    }

    private static void Leave()
    {
        _isGone = true;
        Sys.Close(StatusSocket.Descriptor);
    }
}
