namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;linux/pidfd.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const int PIDFD_NONBLOCK = 0x800;
    public const int PIDFD_THREAD = 0x80;
    public const uint PIDFD_GET_INFO = 0xc040ff0b;
    public const int PIDFD_INFO_PID = 0x1;
    public const int PIDFD_INFO_CREDS = 0x2;
    public const int PIDFD_INFO_CGROUPID = 0x4;
    public const int PIDFD_INFO_EXIT = 0x8;
    public const int PIDFD_INFO_SIZE_VER0 = 64;
}

/// <summary>PIDFD_INFO_SIZE_VER0; later kernels append, and take this length as well.</summary>
internal struct pidfd_info
{
    public ulong mask;
    public ulong cgroupid;
    public uint pid;
    public uint tgid;
    public uint ppid;
    public uint ruid;
    public uint rgid;
    public uint euid;
    public uint egid;
    public uint suid;
    public uint sgid;
    public uint fsuid;
    public uint fsgid;
    public int exit_code;
}
