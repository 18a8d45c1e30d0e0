using System.Diagnostics;
using System.Runtime.InteropServices;
using ContainerPS.Native.Interop;

namespace ContainerPS.Native.Linux;

/// <summary>What <see cref="TreeCalls.Stat"/> tells of a file.</summary>
public readonly record struct TreeStat(
    uint Mode,
    uint Uid,
    uint Gid,
    long Size,
    long MtimeSeconds,
    uint MtimeNanoseconds,
    ulong Inode,
    ulong Device,
    uint Links,
    uint RdevMajor,
    uint RdevMinor,
    long Blocks
)
{
    public bool IsDirectory => (Mode & Libc.S_IFMT) == Libc.S_IFDIR;

    public bool IsRegular => (Mode & Libc.S_IFMT) == Libc.S_IFREG;

    public bool IsSymlink => (Mode & Libc.S_IFMT) == Libc.S_IFLNK;

    /// <summary>The character device 0:0: overlayfs reads it as "nothing here" (kernel Documentation/filesystems/overlayfs.rst).</summary>
    public bool IsWhiteout => (Mode & Libc.S_IFMT) == Libc.S_IFCHR && RdevMajor == 0 && RdevMinor == 0;
}

/// <summary>
/// System calls for those who make and read whole trees: relative to a directory descriptor, names as bytes ending with NUL (a file name
/// need not be UTF-8), the result or -errno returned, nothing allocated, nothing thrown.
/// </summary>
/// <remarks>Descriptors are plain numbers here, because a layer has tens of thousands of files; the caller closes each in a
/// finally.</remarks>
public static unsafe partial class TreeCalls
{
    /// <summary>Opens beneath the root: <c>..</c>, an absolute path or a symbolic link that would climb out fails with EXDEV.</summary>
    public static int OpenBeneath(int rootFd, ReadOnlySpan<byte> path, int flags, ulong resolve)
    {
        open_how how;
        how.flags = (ulong)(uint)(flags | Libc.O_CLOEXEC);
        how.mode = 0;
        how.resolve = resolve | Libc.RESOLVE_NO_MAGICLINKS;
        fixed (byte* p = Terminated(path))
        {
            while (true)
            {
                int result = (int)Call(SYS.openat2, rootFd, (nint)p, (nint)(&how), sizeof(open_how));
                // EAGAIN: a rename elsewhere raced with the resolution of ".." (man 2 openat2).
                if (result != -Libc.EAGAIN && result != -Libc.EINTR)
                {
                    return result;
                }
            }
        }
    }

    public static int Open(int dirFd, ReadOnlySpan<byte> name, int flags, uint mode = 0)
    {
        fixed (byte* p = Terminated(name))
        {
            return (int)Call(SYS.openat, dirFd, (nint)p, flags | Libc.O_CLOEXEC, (nint)mode);
        }
    }

    public static void Close(int fd) => Call(SYS.close, fd);

    public static int MakeDirectory(int dirFd, ReadOnlySpan<byte> name, uint mode)
    {
        fixed (byte* p = Terminated(name))
        {
            return (int)Call(SYS.mkdirat, dirFd, (nint)p, (nint)mode);
        }
    }

    /// <param name="dirFd">The directory.</param>
    /// <param name="name">One component.</param>
    /// <param name="mode">Type and permissions.</param>
    /// <param name="major">Of the device; 0 for a FIFO.</param>
    /// <param name="minor">Of the device; 0 for a FIFO.</param>
    public static int MakeNode(int dirFd, ReadOnlySpan<byte> name, uint mode, uint major, uint minor)
    {
        // The kernel's own 32-bit form (include/linux/kdev_t.h, new_encode_dev), not glibc's dev_t.
        uint device = (minor & 0xff) | (major << 8) | ((minor & ~0xffu) << 12);
        fixed (byte* p = Terminated(name))
        {
            return (int)Call(SYS.mknodat, dirFd, (nint)p, (nint)mode, (nint)device);
        }
    }

    public static int SymbolicLink(ReadOnlySpan<byte> target, int dirFd, ReadOnlySpan<byte> name)
    {
        fixed (byte* t = Terminated(target))
        fixed (byte* p = Terminated(name))
        {
            return (int)Call(SYS.symlinkat, (nint)t, dirFd, (nint)p);
        }
    }

    /// <summary>A hard link; a symbolic link as last component of the old name is linked itself.</summary>
    public static int HardLink(int oldDirFd, ReadOnlySpan<byte> oldName, int newDirFd, ReadOnlySpan<byte> newName)
    {
        fixed (byte* o = Terminated(oldName))
        fixed (byte* n = Terminated(newName))
        {
            return (int)Call(SYS.linkat, oldDirFd, (nint)o, newDirFd, (nint)n, 0);
        }
    }

    public static int Unlink(int dirFd, ReadOnlySpan<byte> name, bool directory = false)
    {
        fixed (byte* p = Terminated(name))
        {
            return (int)Call(SYS.unlinkat, dirFd, (nint)p, directory ? Libc.AT_REMOVEDIR : 0);
        }
    }

    public static int Rename(int oldDirFd, ReadOnlySpan<byte> oldName, int newDirFd, ReadOnlySpan<byte> newName)
    {
        fixed (byte* o = Terminated(oldName))
        fixed (byte* n = Terminated(newName))
        {
            return (int)Call(SYS.renameat2, oldDirFd, (nint)o, newDirFd, (nint)n, 0);
        }
    }

    public static int ReadLink(int dirFd, ReadOnlySpan<byte> name, Span<byte> target)
    {
        fixed (byte* p = Terminated(name))
        fixed (byte* t = target)
        {
            return (int)Call(SYS.readlinkat, dirFd, (nint)p, (nint)t, target.Length);
        }
    }

    public static int ChangeOwner(int fd, uint uid, uint gid) => (int)Call(SYS.fchown, fd, (nint)uid, (nint)gid);

    /// <summary>Of the name itself, also when it is a symbolic link.</summary>
    public static int ChangeOwner(int dirFd, ReadOnlySpan<byte> name, uint uid, uint gid)
    {
        fixed (byte* p = Terminated(name))
        {
            return (int)Call(SYS.fchownat, dirFd, (nint)p, (nint)uid, (nint)gid, Libc.AT_SYMLINK_NOFOLLOW);
        }
    }

    public static int ChangeMode(int fd, uint mode) => (int)Call(SYS.fchmod, fd, (nint)(mode & Modes.AllBits));

    /// <summary>Follows a symbolic link: only for names that the caller has just made as something else.</summary>
    public static int ChangeMode(int dirFd, ReadOnlySpan<byte> name, uint mode)
    {
        fixed (byte* p = Terminated(name))
        {
            return (int)Call(SYS.fchmodat, dirFd, (nint)p, (nint)(mode & Modes.AllBits));
        }
    }

    /// <summary>Sets both times to one.</summary>
    public static int SetTimes(int fd, long seconds, long nanoseconds)
    {
        timespec* times = stackalloc timespec[2];
        times[0] = times[1] = new timespec { tv_sec = seconds, tv_nsec = nanoseconds };
        return (int)Call(SYS.utimensat, fd, 0, (nint)times, 0);
    }

    /// <summary>Sets both times to one, of the name itself, also when it is a symbolic link.</summary>
    public static int SetTimes(int dirFd, ReadOnlySpan<byte> name, long seconds, long nanoseconds)
    {
        timespec* times = stackalloc timespec[2];
        times[0] = times[1] = new timespec { tv_sec = seconds, tv_nsec = nanoseconds };
        fixed (byte* p = Terminated(name))
        {
            return (int)Call(SYS.utimensat, dirFd, (nint)p, (nint)times, Libc.AT_SYMLINK_NOFOLLOW);
        }
    }

    /// <summary>Writes all of it.</summary>
    public static int Write(int fd, ReadOnlySpan<byte> data)
    {
        while (data.Length > 0)
        {
            nint written;
            fixed (byte* p = data)
            {
                written = Call(SYS.write, fd, (nint)p, data.Length);
            }

            if (written == -Libc.EINTR)
            {
                continue;
            }

            if (written < 0)
            {
                return (int)written;
            }

            data = data[(int)written..];
        }

        return 0;
    }

    public static int Read(int fd, Span<byte> buffer)
    {
        while (true)
        {
            fixed (byte* p = buffer)
            {
                nint got = Call(SYS.read, fd, (nint)p, buffer.Length);
                if (got != -Libc.EINTR)
                {
                    return (int)got;
                }
            }
        }
    }

    public static int Seek(int fd, long offset) => Call(SYS.lseek, fd, (nint)offset, 0) is var at and < 0 ? (int)at : 0;

    /// <summary>
    /// Sets the position, and returns it or -errno. <see cref="Posix.SEEK_DATA"/> and <see cref="Posix.SEEK_HOLE"/> find the next piece of
    /// data or the next hole (man 2 lseek); -ENXIO: no data follow.
    /// </summary>
    public static long Seek(int fd, long offset, int whence) => Call(SYS.lseek, fd, (nint)offset, whence);

    public static int Truncate(int fd, long length) => (int)Call(SYS.ftruncate, fd, (nint)length);

    public static int SyncFileSystem(int fd) => (int)Call(SYS.syncfs, fd);

    public static int Sync(int fd) => (int)Call(SYS.fsync, fd);

    /// <summary>Of the name itself, or of the descriptor when the name is empty.</summary>
    public static int Stat(int dirFd, ReadOnlySpan<byte> name, out TreeStat stat)
    {
        statx buffer;
        int result;
        fixed (byte* p = Terminated(name))
        {
            result = (int)Call(
                SYS.statx,
                dirFd,
                (nint)p,
                Libc.AT_SYMLINK_NOFOLLOW | Libc.AT_EMPTY_PATH,
                Libc.STATX_BASIC_STATS,
                (nint)(&buffer)
            );
        }

        stat =
            result < 0
                ? default
                : new TreeStat(
                    buffer.stx_mode,
                    buffer.stx_uid,
                    buffer.stx_gid,
                    (long)buffer.stx_size,
                    buffer.stx_mtime.tv_sec,
                    buffer.stx_mtime.tv_nsec,
                    buffer.stx_ino,
                    ((ulong)buffer.stx_dev_major << 32) | buffer.stx_dev_minor,
                    buffer.stx_nlink,
                    buffer.stx_rdev_major,
                    buffer.stx_rdev_minor,
                    (long)buffer.stx_blocks
                );
        return result;
    }

    /// <summary>Fills the buffer with <c>struct linux_dirent64</c> records; 0 at the end.</summary>
    public static int ReadDirectory(int fd, Span<byte> buffer)
    {
        fixed (byte* p = buffer)
        {
            return (int)Call(SYS.getdents64, fd, (nint)p, buffer.Length);
        }
    }

    private static nint Call(int number, nint a, nint b = 0, nint c = 0, nint d = 0, nint e = 0)
    {
        nint result = Libc.syscall(number, a, b, c, d, e, 0);
        return result == -1 ? -Marshal.GetLastPInvokeError() : result;
    }

    private static ReadOnlySpan<byte> Terminated(ReadOnlySpan<byte> name)
    {
        Debug.Assert(name.Length > 0 && name[^1] == 0, "A name must end with NUL.");
        return name;
    }
}
