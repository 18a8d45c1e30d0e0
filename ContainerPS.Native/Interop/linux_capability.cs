namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;linux/capability.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const int CAP_AUDIT_CONTROL = 30;
    public const int CAP_AUDIT_READ = 37;
    public const int CAP_AUDIT_WRITE = 29;
    public const int CAP_BLOCK_SUSPEND = 36;
    public const int CAP_BPF = 39;
    public const int CAP_CHECKPOINT_RESTORE = 40;
    public const int CAP_CHOWN = 0;
    public const int CAP_DAC_OVERRIDE = 1;
    public const int CAP_DAC_READ_SEARCH = 2;
    public const int CAP_FOWNER = 3;
    public const int CAP_FSETID = 4;
    public const int CAP_IPC_LOCK = 14;
    public const int CAP_IPC_OWNER = 15;
    public const int CAP_KILL = 5;
    public const int CAP_LEASE = 28;
    public const int CAP_LINUX_IMMUTABLE = 9;
    public const int CAP_MAC_ADMIN = 33;
    public const int CAP_MAC_OVERRIDE = 32;
    public const int CAP_MKNOD = 27;
    public const int CAP_NET_ADMIN = 12;
    public const int CAP_NET_BIND_SERVICE = 10;
    public const int CAP_NET_BROADCAST = 11;
    public const int CAP_NET_RAW = 13;
    public const int CAP_PERFMON = 38;
    public const int CAP_SETFCAP = 31;
    public const int CAP_SETGID = 6;
    public const int CAP_SETPCAP = 8;
    public const int CAP_SETUID = 7;
    public const int CAP_SYSLOG = 34;
    public const int CAP_SYS_ADMIN = 21;
    public const int CAP_SYS_BOOT = 22;
    public const int CAP_SYS_CHROOT = 18;
    public const int CAP_SYS_MODULE = 16;
    public const int CAP_SYS_NICE = 23;
    public const int CAP_SYS_PACCT = 20;
    public const int CAP_SYS_PTRACE = 19;
    public const int CAP_SYS_RAWIO = 17;
    public const int CAP_SYS_RESOURCE = 24;
    public const int CAP_SYS_TIME = 25;
    public const int CAP_SYS_TTY_CONFIG = 26;
    public const int CAP_WAKE_ALARM = 35;
    public const int _LINUX_CAPABILITY_VERSION_3 = 537396514;
}
