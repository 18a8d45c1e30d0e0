namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;dirent.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const byte DT_UNKNOWN = 0;
    public const byte DT_FIFO = 1;
    public const byte DT_CHR = 2;
    public const byte DT_DIR = 4;
    public const byte DT_BLK = 6;
    public const byte DT_REG = 8;
    public const byte DT_LNK = 10;
    public const byte DT_SOCK = 12;
}
