using ContainerPS.Native.Launch;

namespace ContainerPS.Native.Shim.Protocol;

/// <summary>
/// A network namespace with its loopback up, made by a monitor in reserve before it is needed (0.4 ms and more). The monitor itself stands
/// in it until the clone: a container that wants a network namespace of its own then simply inherits it, and the monitor goes home.
/// </summary>
internal static unsafe class ReadyNetwork
{
    private const ulong CLONE_NEWNET = 0x4000_0000;
    private const ulong CLONE_NEWUSER = 0x1000_0000;
    private const long AF_INET = 2;
    private const long SOCK_DGRAM = 2;
    private const long SIOCSIFFLAGS = 0x8914;
    private const short IFF_UP_RUNNING = 0x41;

    /// <summary>The namespace that the monitor came from; 0 when there is no other one ready.</summary>
    public static int Home;

    private struct ifreq
    {
        public fixed byte ifr_name[16];
        public short ifr_flags;
        public fixed byte rest[22];
    }

    /// <summary>Best effort: what is not ready is made at the clone.</summary>
    public static void Make()
    {
        long home = Sys.OpenLiteral("/proc/self/ns/net\0"u8, O_RDONLY);
        if (home < 0)
        {
            return;
        }

        if (Sys.Call(SystemCall.unshare, (long)CLONE_NEWNET) < 0)
        {
            Sys.Close(home);
            return;
        }

        Home = (int)home;
        RaiseLoopback();
    }

    public static bool MoveAbove(long number)
    {
        if (Home == 0)
        {
            return true;
        }

        Home = Reserve.Move(Home, number);
        return Home > 0;
    }

    /// <summary>
    /// Before the clone: the flags that are left to do. A network namespace belongs to the user namespace that it was made in, so a
    /// container with its own cannot have ours.
    /// </summary>
    public static long Lend(ulong* flags)
    {
        if (Home == 0)
        {
            return 0;
        }

        if ((*flags & (CLONE_NEWNET | CLONE_NEWUSER)) != CLONE_NEWNET)
        {
            return GoHome();
        }

        *flags &= ~CLONE_NEWNET;
        return 0;
    }

    public static long GoHome()
    {
        if (Home == 0)
        {
            return 0;
        }

        long result = Sys.Call(SystemCall.setns, Home, (long)CLONE_NEWNET);
        Leave();
        return result;
    }

    /// <summary>In the child: the way back to the host's network is not for it.</summary>
    public static void Leave()
    {
        if (Home == 0)
        {
            return;
        }

        Sys.Close(Home);
        Home = 0;
    }

    private static void RaiseLoopback()
    {
        ifreq request;
        Memory.Clear(&request, sizeof(ifreq));
        request.ifr_name[0] = (byte)'l';
        request.ifr_name[1] = (byte)'o';
        request.ifr_flags = IFF_UP_RUNNING;
        long socket = Sys.Call(SystemCall.socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (socket < 0)
        {
            return;
        }

        Sys.Call(SystemCall.ioctl, socket, SIOCSIFFLAGS, (long)&request);
        Sys.Close(socket);
    }
}
