using ContainerPS.Native.Interop;

namespace ContainerPS.Native.Linux;

/// <summary>
/// The numbers that callers of <see cref="TreeCalls"/> and <see cref="Files"/> pass and get, for rooms that stand above Interop.
/// </summary>
public static class Posix
{
    public const int AT_FDCWD = Libc.AT_FDCWD;
    public const byte DT_REG = Libc.DT_REG;
    public const byte DT_UNKNOWN = Libc.DT_UNKNOWN;
    public const int O_APPEND = Libc.O_APPEND;
    public const int O_CREAT = Libc.O_CREAT;
    public static readonly int O_DIRECTORY = Libc.O_DIRECTORY;
    public const int O_EXCL = Libc.O_EXCL;
    public static readonly int O_NOFOLLOW = Libc.O_NOFOLLOW;
    public const int O_NONBLOCK = Libc.O_NONBLOCK;
    public const int O_RDONLY = Libc.O_RDONLY;
    public const int O_RDWR = Libc.O_RDWR;
    public const int O_TRUNC = Libc.O_TRUNC;
    public const int O_WRONLY = Libc.O_WRONLY;
    public const int RESOLVE_BENEATH = Libc.RESOLVE_BENEATH;
    public const int SEEK_DATA = Libc.SEEK_DATA;
    public const int SEEK_HOLE = Libc.SEEK_HOLE;
    public const int SEEK_SET = Libc.SEEK_SET;
    public const int S_IFBLK = Libc.S_IFBLK;
    public const int S_IFCHR = Libc.S_IFCHR;
    public const int S_IFDIR = Libc.S_IFDIR;
    public const int S_IFIFO = Libc.S_IFIFO;
    public const int S_IFLNK = Libc.S_IFLNK;
    public const int S_IFMT = Libc.S_IFMT;
    public const int S_IFREG = Libc.S_IFREG;

    public const int EACCES = Libc.EACCES;
    public const int EDQUOT = Libc.EDQUOT;
    public const int EEXIST = Libc.EEXIST;
    public const int EILSEQ = Libc.EILSEQ;
    public const int EINVAL = Libc.EINVAL;
    public const int EISDIR = Libc.EISDIR;
    public const int ELOOP = Libc.ELOOP;
    public const int ENAMETOOLONG = Libc.ENAMETOOLONG;
    public const int ENODATA = Libc.ENODATA;
    public const int ENOENT = Libc.ENOENT;
    public const int ENOSPC = Libc.ENOSPC;
    public const int ENOTDIR = Libc.ENOTDIR;
    public const int ENOTEMPTY = Libc.ENOTEMPTY;
    public const int EOPNOTSUPP = Libc.EOPNOTSUPP;
    public const int EPERM = Libc.EPERM;
    public const int EROFS = Libc.EROFS;
    public const int ENXIO = Libc.ENXIO;
    public const int EXDEV = Libc.EXDEV;
    public const int ESRCH = Libc.ESRCH;
}
