using System.Runtime.InteropServices;

namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;sys/eventfd.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const int EFD_CLOEXEC = 524288;
    public const int EFD_NONBLOCK = 2048;
    public const int EFD_SEMAPHORE = 1;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int eventfd(uint initval, int flags);
}
