using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim.Monitoring;

/// <summary>The other end of the status socket after the start.</summary>
internal static unsafe class Starter
{
    private static bool isGone;
    private static bool tookOver;

    public static bool IsThere => !isGone;

    /// <summary>The starter is alive and has said that what follows the exit is its own work.</summary>
    public static bool CleansUp => tookOver && !isGone;

    /// <summary>Takes every message that is there.</summary>
    public static void Listen()
    {
        byte* message = stackalloc byte[16];
        while (!isGone)
        {
            long length = Sys.Call(SystemCall.recvfrom, StatusSocket.Descriptor, (long)message, 16, MSG_DONTWAIT);
            if (length == -EAGAIN || length == -EINTR)
                return;
            if (length <= 0)
                Leave();
            else if (message[0] == PlanFormat.TakeOver)
                tookOver = true;
        }
    }

    public static void WaitForItsEnd()
    {
        while (!isGone)
        {
            pollfd wait;
            wait.fd = StatusSocket.Descriptor;
            wait.events = POLLIN;
            wait.revents = 0;
            Sys.Poll(&wait, 1, -1);
            Listen();
        }
    }

    private static void Leave()
    {
        isGone = true;
        Sys.Close(StatusSocket.Descriptor);
    }
}
