namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;sys/personality.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const int PER_LINUX = 0x0;
    public const int PER_LINUX32 = 0x8;
    public const int ADDR_NO_RANDOMIZE = 0x40000;
}
