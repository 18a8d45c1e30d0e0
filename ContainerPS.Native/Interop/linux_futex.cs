namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;linux/futex.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const int FUTEX_WAIT_PRIVATE = 128;
    public const int FUTEX_WAKE_PRIVATE = 129;
}
