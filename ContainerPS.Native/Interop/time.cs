using System.Runtime.InteropServices;

namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;time.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const int CLOCK_REALTIME = 0;
    public const int CLOCK_MONOTONIC = 1;
    public const int CLOCK_BOOTTIME = 7;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int clock_gettime(int clockid, timespec* tp);
}

internal struct timespec
{
    public long tv_sec;
    public long tv_nsec;
}
