using System.Runtime.InteropServices;

namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;fcntl.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const int O_ACCMODE = 0x3;
    public const int O_APPEND = 0x400;
    public const int O_ASYNC = 0x2000;
    public const int O_CLOEXEC = 0x80000;
    public const int O_CREAT = 0x40;
    public const int O_DSYNC = 0x1000;
    public const int O_EXCL = 0x80;
    public const int O_FSYNC = 0x101000;
    public const int O_NOATIME = 0x40000;
    public const int O_NOCTTY = 0x100;
    public const int O_NONBLOCK = 0x800;
    public const int O_PATH = 0x200000;
    public const int O_RDONLY = 0x0;
    public const int O_RDWR = 0x2;
    public const int O_RSYNC = 0x101000;
    public const int O_SYNC = 0x101000;
    public const int O_TMPFILE = 0x410000;
    public const int O_TRUNC = 0x200;
    public const int O_WRONLY = 0x1;
    public const int AT_EACCESS = 0x200;
    public const int AT_EMPTY_PATH = 0x1000;
    public const int AT_FDCWD = -100;
    public const int AT_NO_AUTOMOUNT = 0x800;
    public const int AT_RECURSIVE = 0x8000;
    public const int AT_REMOVEDIR = 0x200;
    public const int AT_STATX_DONT_SYNC = 0x4000;
    public const int AT_STATX_FORCE_SYNC = 0x2000;
    public const int AT_STATX_SYNC_AS_STAT = 0x0;
    public const int AT_STATX_SYNC_TYPE = 0x6000;
    public const int AT_SYMLINK_FOLLOW = 0x400;
    public const int AT_SYMLINK_NOFOLLOW = 0x100;
    public const int FD_CLOEXEC = 1;
    public const int F_ADD_SEALS = 1033;
    public const int F_DUPFD = 0;
    public const int F_DUPFD_CLOEXEC = 1030;
    public const int F_GETFD = 1;
    public const int F_GETFL = 3;
    public const int F_GETPIPE_SZ = 1032;
    public const int F_GET_SEALS = 1034;
    public const int F_OFD_GETLK = 36;
    public const int F_OFD_SETLK = 37;
    public const int F_OFD_SETLKW = 38;
    public const int F_RDLCK = 0;
    public const int F_SEAL_FUTURE_WRITE = 0x10;
    public const int F_SEAL_GROW = 0x4;
    public const int F_SEAL_SEAL = 0x1;
    public const int F_SEAL_SHRINK = 0x2;
    public const int F_SEAL_WRITE = 0x8;
    public const int F_SETFD = 2;
    public const int F_SETFL = 4;
    public const int F_SETPIPE_SZ = 1031;
    public const int F_UNLCK = 2;
    public const int F_WRLCK = 1;
    public const int SPLICE_F_GIFT = 8;
    public const int SPLICE_F_MORE = 4;
    public const int SPLICE_F_MOVE = 1;
    public const int SPLICE_F_NONBLOCK = 2;
    public const int FALLOC_FL_COLLAPSE_RANGE = 0x8;
    public const int FALLOC_FL_INSERT_RANGE = 0x20;
    public const int FALLOC_FL_KEEP_SIZE = 0x1;
    public const int FALLOC_FL_NO_HIDE_STALE = 0x4;
    public const int FALLOC_FL_PUNCH_HOLE = 0x2;
    public const int FALLOC_FL_UNSHARE_RANGE = 0x40;
    public const int FALLOC_FL_ZERO_RANGE = 0x10;
    public const int F_SEAL_EXEC = 0x20;
    public static readonly int O_DIRECTORY = X64 ? 0x10000 : 0x4000;
    public static readonly int O_NOFOLLOW = X64 ? 0x20000 : 0x8000;
    public static readonly int O_DIRECT = X64 ? 0x4000 : 0x10000;

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int openat(SafeHandle dirfd, string path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int openat(SafeHandle dirfd, byte* path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int openat(int dirfd, byte* path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fcntl(SafeHandle fd, int cmd, nint arg);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fcntl(int fd, int cmd, nint arg);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fallocate(SafeHandle fd, int mode, long offset, long len);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint splice(SafeHandle fd_in, long* off_in, SafeHandle fd_out, long* off_out, nuint len, uint flags);
}
