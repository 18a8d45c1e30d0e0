namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;linux/close_range.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const int CLOSE_RANGE_CLOEXEC = 4;
    public const int CLOSE_RANGE_UNSHARE = 2;
}
