namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;linux/seccomp.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const int SECCOMP_ADDFD_FLAG_SEND = 2;
    public const int SECCOMP_ADDFD_FLAG_SETFD = 1;
    public const int SECCOMP_FILTER_FLAG_LOG = 2;
    public const int SECCOMP_FILTER_FLAG_NEW_LISTENER = 8;
    public const int SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4;
    public const int SECCOMP_FILTER_FLAG_TSYNC = 1;
    public const int SECCOMP_FILTER_FLAG_TSYNC_ESRCH = 16;
    public const int SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = 32;
    public const int SECCOMP_GET_ACTION_AVAIL = 2;
    public const int SECCOMP_GET_NOTIF_SIZES = 3;
    public const int SECCOMP_MODE_DISABLED = 0;
    public const int SECCOMP_MODE_FILTER = 2;
    public const int SECCOMP_MODE_STRICT = 1;
    public const int SECCOMP_RET_ACTION = 0x7fff0000;
    public const uint SECCOMP_RET_ACTION_FULL = 0xffff0000;
    public const int SECCOMP_RET_ALLOW = 0x7fff0000;
    public const int SECCOMP_RET_DATA = 0xffff;
    public const int SECCOMP_RET_ERRNO = 0x50000;
    public const int SECCOMP_RET_KILL = 0x0;
    public const uint SECCOMP_RET_KILL_PROCESS = 0x80000000;
    public const int SECCOMP_RET_KILL_THREAD = 0x0;
    public const int SECCOMP_RET_LOG = 0x7ffc0000;
    public const int SECCOMP_RET_TRACE = 0x7ff00000;
    public const int SECCOMP_RET_TRAP = 0x30000;
    public const int SECCOMP_RET_USER_NOTIF = 0x7fc00000;
    public const int SECCOMP_SET_MODE_FILTER = 1;
    public const int SECCOMP_SET_MODE_STRICT = 0;
    public const int SECCOMP_USER_NOTIF_FLAG_CONTINUE = 1;
}
