using System.Runtime.InteropServices;

namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;sys/stat.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const int S_IEXEC = 64;
    public const int S_IFBLK = 24576;
    public const int S_IFCHR = 8192;
    public const int S_IFDIR = 16384;
    public const int S_IFIFO = 4096;
    public const int S_IFLNK = 40960;
    public const int S_IFMT = 61440;
    public const int S_IFREG = 32768;
    public const int S_IFSOCK = 49152;
    public const int S_IREAD = 256;
    public const int S_IRGRP = 32;
    public const int S_IROTH = 4;
    public const int S_IRUSR = 256;
    public const int S_IRWXG = 56;
    public const int S_IRWXO = 7;
    public const int S_IRWXU = 448;
    public const int S_ISGID = 1024;
    public const int S_ISUID = 2048;
    public const int S_ISVTX = 512;
    public const int S_IWGRP = 16;
    public const int S_IWOTH = 2;
    public const int S_IWRITE = 128;
    public const int S_IWUSR = 128;
    public const int S_IXGRP = 8;
    public const int S_IXOTH = 1;
    public const int S_IXUSR = 64;
    public const int UTIME_NOW = 1073741823;
    public const int UTIME_OMIT = 1073741822;

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mkdirat(SafeHandle dirfd, string path, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int mkdirat(SafeHandle dirfd, byte* path, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int mkdirat(int dirfd, byte* path, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mknodat(SafeHandle dirfd, string path, uint mode, ulong dev);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int mknodat(SafeHandle dirfd, byte* path, uint mode, ulong dev);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fchmod(SafeHandle fd, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int fchmodat(SafeHandle dirfd, string path, uint mode, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fchmodat(SafeHandle dirfd, byte* path, uint mode, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int utimensat(SafeHandle dirfd, string path, timespec* times, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int utimensat(SafeHandle dirfd, byte* path, timespec* times, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int futimens(SafeHandle fd, timespec* times);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial uint umask(uint mask);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int statx(SafeHandle dirfd, string path, int flags, uint mask, statx* statxbuf);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int statx(SafeHandle dirfd, byte* path, int flags, uint mask, statx* statxbuf);
}
