namespace ContainerPS.Native.Shim.Kernel;

/// <summary>Constants of &lt;linux/…&gt; in their C spelling (x86-64).</summary>
internal static class Linux
{
    public const int ENOENT = 2;
    public const int ESRCH = 3;
    public const int EINTR = 4;
    public const int ENOEXEC = 8;
    public const int EBADF = 9;
    public const int ECHILD = 10;
    public const int EAGAIN = 11;
    public const int EACCES = 13;
    public const int EBUSY = 16;
    public const int EEXIST = 17;
    public const int ENODEV = 19;
    public const int ENOTDIR = 20;
    public const int EISDIR = 21;
    public const int EINVAL = 22;
    public const int ENOSPC = 28;
    public const byte DT_UNKNOWN = 0;
    public const byte DT_REG = 8;
    public const int EPIPE = 32;
    public const int ENOTEMPTY = 39;
    public const int ENAMETOOLONG = 36;
    public const int ENODATA = 61;
    public const int ENOTSUP = 95;
    public const int EPROTO = 71;
    public const int ELOOP = 40;
    public const int ETIMEDOUT = 110;
    public const int ESTALE = 116;
    public const int ECANCELED = 125;

    public const int AT_FDCWD = -100;
    public const int AT_EMPTY_PATH = 0x1000;
    public const int AT_SYMLINK_NOFOLLOW = 0x100;
    public const int AT_REMOVEDIR = 0x200;

    public const int O_RDONLY = 0;
    public const int O_WRONLY = 1;
    public const int O_RDWR = 2;
    public const int O_CREAT = 0x40;
    public const int O_EXCL = 0x80;
    public const int O_TRUNC = 0x200;
    public const int O_APPEND = 0x400;
    public const int O_NONBLOCK = 0x800;
    public const int O_DIRECTORY = 0x10000;
    public const int O_NOFOLLOW = 0x20000;
    public const int O_CLOEXEC = 0x80000;
    public const int O_PATH = 0x200000;

    public const int RESOLVE_NO_MAGICLINKS = 0x02;
    public const int RESOLVE_IN_ROOT = 0x10;

    public const int S_IFMT = 0xF000;
    public const int S_IFSOCK = 0xC000;
    public const int S_IFLNK = 0xA000;
    public const int S_IFREG = 0x8000;
    public const int S_IFBLK = 0x6000;
    public const int S_IFDIR = 0x4000;
    public const int S_IFCHR = 0x2000;
    public const int S_IFIFO = 0x1000;

    public const int PROT_READ = 1;
    public const int PROT_WRITE = 2;
    public const int MAP_SHARED = 1;
    public const int MAP_PRIVATE = 2;
    public const int MAP_ANONYMOUS = 0x20;
    public const int MAP_POPULATE = 0x8000;
    public const int MADV_DONTNEED = 4;
    public const int MREMAP_MAYMOVE = 1;
    public const int MREMAP_FIXED = 2;

    public const int SIGKILL = 9;
    public const int SIGCHLD = 17;
    public const int SIG_BLOCK = 0;
    public const int SIG_SETMASK = 2;

    public const ulong CLONE_VM = 0x100;
    public const ulong CLONE_PIDFD = 0x1000;
    public const ulong CLONE_VFORK = 0x4000;
    public const ulong CLONE_PARENT = 0x8000;
    public const ulong CLONE_INTO_CGROUP = 0x2_0000_0000;

    public const int P_ALL = 0;
    public const int P_PID = 1;
    public const int WNOHANG = 1;
    public const int WEXITED = 4;
    public const int WNOWAIT = 0x0100_0000;
    public const int __WALL = 0x4000_0000;
    public const int CLD_EXITED = 1;

    public const int PF_FORKNOEXEC = 0x40;

    public const int POLLIN = 1;
    public const int POLLOUT = 4;
    public const int POLLERR = 8;
    public const int POLLHUP = 16;

    public const int AF_UNIX = 1;
    public const int SOCK_SEQPACKET = 5;
    public const int SOCK_CLOEXEC = 0x80000;
    public const int MSG_DONTWAIT = 0x40;
    public const int MSG_NOSIGNAL = 0x4000;

    public const int CLOCK_REALTIME = 0;
    public const int CLOCK_MONOTONIC = 1;

    public const int F_GETFL = 3;
    public const int F_SETFL = 4;
    public const int F_GETFD = 1;

    public const int SPLICE_F_NONBLOCK = 2;

    public const int CLOSE_RANGE_CLOEXEC = 4;

    public const int PR_SET_PDEATHSIG = 1;
    public const int PR_SET_DUMPABLE = 4;
    public const int PR_SET_NAME = 15;
    public const int PR_SET_CHILD_SUBREAPER = 36;
    public const int PR_SET_NO_NEW_PRIVS = 38;

    public const int SECCOMP_SET_MODE_FILTER = 1;

    // _IOWR(PIDFS_IOCTL_MAGIC, 11, struct pidfd_info) with its first published size of 64 bytes (Linux 6.13; PIDFD_INFO_EXIT: 6.15).
    public const uint PIDFD_GET_INFO = 0xC040_FF0B;
    public const ulong PIDFD_INFO_EXIT = 1 << 3;
}
