using ContainerPS.Native.Launch;

namespace ContainerPS.Native.Shim.Operations;

/// <summary>
/// tmpcopyup: what the image has at a path goes into the tmpfs that will cover it. Everything is done relative to open directories and
/// never through a link: the source is an image's content. Hard links become copies.
/// </summary>
internal static unsafe class TreeCopy
{
    private const int DeepestLevel = 64;
    private const int EntriesCapacity = 2048;

    public static long Copy(int source, int destination) => CopyDirectory(source, destination, 0);

    private static long CopyDirectory(long source, long destination, int level)
    {
        // The stack is the only memory here: each level has its buffer of entries on it, and an image may nest as deeply as it likes.
        if (level > DeepestLevel)
        {
            return -ELOOP;
        }

        ReadOnlySpan<byte> self = ".\0"u8;
        // The descriptor given may be O_PATH: reading entries needs one of our own.
        long directory = Sys.OpenAt(source, (byte*)self.Pointer, O_RDONLY | O_DIRECTORY);
        if (directory < 0)
        {
            return directory;
        }

        long result = CopyEntries(directory, destination, level);
        Sys.Close(directory);
        return result;
    }

    private static long CopyEntries(long source, long destination, int level)
    {
        byte* entries = stackalloc byte[EntriesCapacity];
        long length;
        while ((length = Sys.Call(SystemCall.getdents64, source, (long)entries, EntriesCapacity)) > 0)
        {
            // struct linux_dirent64: d_ino (8), d_off (8), d_reclen (2), d_type (1), d_name.
            for (long at = 0; at < length; at += *(ushort*)(entries + at + 16))
            {
                byte* name = entries + at + 19;
                if (Memory.Is(name, "."u8) || Memory.Is(name, ".."u8))
                {
                    continue;
                }

                long result = CopyEntry(source, destination, name, level);
                if (result < 0)
                {
                    return result;
                }
            }
        }

        return length;
    }

    private static long CopyEntry(long source, long destination, byte* name, int level)
    {
        stat status;
        long result = Sys.Call(SystemCall.newfstatat, source, (long)name, (long)&status, AT_SYMLINK_NOFOLLOW);
        if (result < 0)
        {
            return result;
        }

        result = (status.st_mode & S_IFMT) switch
        {
            S_IFDIR => MakeDirectory(source, destination, name, level),
            S_IFREG => CopyFile(source, destination, name),
            S_IFLNK => CopyLink(source, destination, name),
            _ => Sys.Call(SystemCall.mknodat, destination, (long)name, status.st_mode, (long)status.st_rdev),
        };
        return result < 0 ? result : CopyAttributes(destination, name, &status);
    }

    private static long MakeDirectory(long source, long destination, byte* name, int level)
    {
        // Its own mode and owner come last: a directory of another user could not be filled any more, and its time would change with every
        // entry.
        long made = Sys.Call(
            SystemCall.mkdirat,
            destination,
            (long)name,
            Modes.Mode0700 /* 0700 until it is full */
        );
        if (made is < 0 and not -EEXIST)
        {
            return made;
        }

        long from = Sys.OpenAt(source, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (from < 0)
        {
            return from;
        }

        long to = Sys.OpenAt(destination, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        long result = to < 0 ? to : CopyDirectory(from, to, level + 1);
        Sys.Close(from);
        if (to >= 0)
        {
            Sys.Close(to);
        }

        return result;
    }

    private static long CopyFile(long source, long destination, byte* name)
    {
        // O_NONBLOCK: what was a file a moment ago may be a FIFO now, and its open would wait for a writer.
        long from = Sys.OpenAt(source, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        if (from < 0)
        {
            return from;
        }

        long to = Sys.OpenAt(destination, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, Modes.Mode0600);
        long result = to;
        while (to >= 0 && (result = Sys.Call(SystemCall.sendfile, to, from, 0, 0x100000)) > 0)
        {
            // Until the kernel answers 0: the end of the source.
        }

        Sys.Close(from);
        if (to >= 0)
        {
            Sys.Close(to);
        }

        return result;
    }

    private static long CopyLink(long source, long destination, byte* name)
    {
        byte* target = stackalloc byte[4096];
        long length = Sys.Call(SystemCall.readlinkat, source, (long)name, (long)target, 4095);
        if (length < 0)
        {
            return length;
        }

        target[length] = 0;
        return Sys.Call(SystemCall.symlinkat, (long)target, destination, (long)name);
    }

    /// <summary>Owner before mode: chown clears the set-id bits.</summary>
    private static long CopyAttributes(long destination, byte* name, stat* status)
    {
        long result = Sys.Call(SystemCall.fchownat, destination, (long)name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW);
        if (result >= 0 && (status->st_mode & S_IFMT) != S_IFLNK)
        {
            result = Sys.Call(SystemCall.fchmodat, destination, (long)name, status->st_mode & Modes.AllBits);
        }

        timespec* times = stackalloc timespec[2];
        times[0] = status->st_atim;
        times[1] = status->st_mtim;
        return result < 0 ? result : Sys.Call(SystemCall.utimensat, destination, (long)name, (long)times, AT_SYMLINK_NOFOLLOW);
    }
}
