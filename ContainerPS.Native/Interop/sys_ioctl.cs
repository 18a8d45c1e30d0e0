using System.Runtime.InteropServices;

namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;sys/ioctl.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const uint TIOCGWINSZ = 0x5413;
    public const uint TIOCSWINSZ = 0x5414;
    public const uint TIOCSCTTY = 0x540e;
    public const uint FIONREAD = 0x541b;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int ioctl(SafeHandle fd, nuint request, nint argp);
}

internal struct winsize
{
    public ushort ws_row;
    public ushort ws_col;
    public ushort ws_xpixel;
    public ushort ws_ypixel;
}
