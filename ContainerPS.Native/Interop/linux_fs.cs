namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;linux/fs.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const uint FICLONE = 0x40049409;
    public const uint FICLONERANGE = 0x4020940d;
    public const uint FS_IOC_GETFLAGS = 0x80086601;
    public const uint FS_IOC_SETFLAGS = 0x40086602;
}

internal struct file_clone_range
{
    public long src_fd;
    public ulong src_offset;
    public ulong src_length;
    public ulong dest_offset;
}
