namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;linux/openat2.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const int RESOLVE_BENEATH = 0x8;
    public const int RESOLVE_CACHED = 0x20;
    public const int RESOLVE_IN_ROOT = 0x10;
    public const int RESOLVE_NO_MAGICLINKS = 0x2;
    public const int RESOLVE_NO_SYMLINKS = 0x4;
    public const int RESOLVE_NO_XDEV = 0x1;
}

internal struct open_how
{
    public ulong flags;
    public ulong mode;
    public ulong resolve;
}
