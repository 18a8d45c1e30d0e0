using ContainerPS.Native.Launch;

namespace ContainerPS.Native.Shim.Protocol;

/// <summary>
/// Which descriptors the shim lives with. .NET marks what it opens close-on-exec, but libraries and whoever started pwsh need not: each one
/// that leaked into a monitor would keep someone's pipe or file open for the container's life, and into the container worse
/// (CVE-2024-21626).
/// </summary>
internal static unsafe class Inheritance
{
    private const int None = 0x7FFF_FFFF;
    private const uint All = 0xFFFF_FFFF;

    /// <summary>
    /// Opens /dev/null under each of 0, 1 and 2 that the starter has closed: the next file that is opened would take that number, and what
    /// the shim or the container does to its standard streams would be done to that file.
    /// </summary>
    public static void FillStandard()
    {
        ReadOnlySpan<byte> nothing = "/dev/null\0"u8;
        for (int number = 0; number < 3; number++)
        {
            if (Sys.Call(SystemCall.fcntl, number, F_GETFD) == -EBADF)
            {
                // The lowest free number is this one: those below are open by now.
                Sys.Call(SystemCall.openat, AT_FDCWD, (long)nothing.Pointer, O_RDWR);
            }
        }
    }

    /// <summary>
    /// Closes everything from 3 on that the plan does not name, and makes the rest close-on-exec. The plan's own descriptor goes too: it is
    /// mapped.
    /// </summary>
    public static void CloseForeign(int status)
    {
        // By ranges (close_range, Linux 5.9), not one by one: pwsh has hundreds, and /proc/self/fd would have to be read under its own
        // descriptor.
        int from = 3;
        while (true)
        {
            int next = NextKept(from, status);
            if (next == None)
            {
                break;
            }

            if (next > from)
            {
                Sys.Call(SystemCall.close_range, from, next - 1);
            }

            from = next + 1;
        }

        Sys.Call(SystemCall.close_range, from, All);

        // posix_spawn took the mark from what it handed over. Without it each one would be open in the container: a status pipe there once
        // was, in a prototype.
        Sys.Call(SystemCall.close_range, 3, All, CLOSE_RANGE_CLOEXEC);
    }

    /// <summary>
    /// The shim of an exec only waits: had it kept the pipes of the process, their readers would not see the end before the shim's own, and
    /// who writes to its stdin would not learn that nobody reads.
    /// </summary>
    public static void CloseAllBut(int status) => CloseAllBut(status, status);

    /// <summary>The second one may be a negative errno.</summary>
    public static void CloseAllBut(int one, int other)
    {
        int low = other < 0 || other > one ? one : other;
        int high = other > one ? other : one;
        if (low > 3)
        {
            Sys.Call(SystemCall.close_range, 3, low - 1);
        }

        if (high > low + 1)
        {
            Sys.Call(SystemCall.close_range, low + 1, high - 1);
        }

        Sys.Call(SystemCall.close_range, high + 1, All);
    }

    private static int NextKept(int from, int status)
    {
        int next = status >= from ? status : None;
        if (ReadyNetwork.Home >= from && ReadyNetwork.Home < next)
        {
            next = ReadyNetwork.Home;
        }

        PlanHeader* header = PlanBlock.Header;
        for (int i = 0; i < header->InheritedCount; i++)
        {
            int descriptor = header->Inherited[i];
            if (descriptor >= from && descriptor < next)
            {
                next = descriptor;
            }
        }

        return next;
    }
}
