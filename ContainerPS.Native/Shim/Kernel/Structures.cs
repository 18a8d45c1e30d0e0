namespace ContainerPS.Native.Shim.Kernel;

/// <summary>&lt;linux/sched.h&gt;; 88 bytes are what CLONE_INTO_CGROUP (Linux 5.7) needs.</summary>
internal struct clone_args
{
    public ulong flags;
    public ulong pidfd;
    public ulong child_tid;
    public ulong parent_tid;
    public ulong exit_signal;
    public ulong stack;
    public ulong stack_size;
    public ulong tls;
    public ulong set_tid;
    public ulong set_tid_size;
    public ulong cgroup;
}

internal struct open_how
{
    public ulong flags;
    public ulong mode;
    public ulong resolve;
}

internal struct pollfd
{
    public int fd;
    public short events;
    public short revents;
}

internal struct timespec
{
    public long tv_sec;
    public long tv_nsec;
}

/// <summary>The part of siginfo_t that waitid fills; the kernel writes 128 bytes.</summary>
internal unsafe struct siginfo
{
    public int si_signo;
    public int si_errno;
    public int si_code;
    public int padding;
    public int si_pid;
    public int si_uid;
    public int si_status;
    public fixed byte rest[100];
}

/// <summary>struct stat of x86-64.</summary>
internal unsafe struct stat
{
    public ulong st_dev;
    public ulong st_ino;
    public ulong st_nlink;
    public uint st_mode;
    public uint st_uid;
    public uint st_gid;
    public uint padding;
    public ulong st_rdev;
    public long st_size;
    public long st_blksize;
    public long st_blocks;
    public timespec st_atim;
    public timespec st_mtim;
    public timespec st_ctim;
    public fixed long reserved[3];
}

/// <summary>struct statfs: f_type is its first word.</summary>
internal unsafe struct statfs
{
    public long f_type;
    public fixed long rest[15];
}

internal unsafe struct pidfd_info
{
    public ulong mask;
    public ulong cgroupid;
    public fixed uint ids[11];
    public int exit_code;
}

internal unsafe struct iovec
{
    public void* iov_base;
    public ulong iov_len;
}

internal unsafe struct msghdr
{
    public void* msg_name;
    public ulong msg_namelen;
    public iovec* msg_iov;
    public ulong msg_iovlen;
    public void* msg_control;
    public ulong msg_controllen;
    public ulong msg_flags;
}

internal struct sock_filter
{
    public ushort code;
    public byte jt;
    public byte jf;
    public uint k;
}

internal unsafe struct sock_fprog
{
    public ushort len;
    public sock_filter* filter;
}
