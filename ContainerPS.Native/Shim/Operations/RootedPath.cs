using ContainerPS.Native.Launch;

namespace ContainerPS.Native.Shim.Operations;

/// <summary>
/// Paths from an image or a user beneath a root descriptor. The kernel resolves what exists (RESOLVE_IN_ROOT: `..` and absolute links stay
/// inside, no magic links); what is missing is made one component at a time relative to the descriptor just opened, never by a path that
/// could be exchanged in between.
/// </summary>
internal static unsafe class RootedPath
{
    private const int Capacity = 4096;

    public static long Resolve(int root, byte* path, PlanMake make, long mode, long flags)
    {
        long length = Memory.LengthOf(path);
        if (length >= Capacity)
        {
            return -ENAMETOOLONG;
        }

        if (make == PlanMake.Parent)
        {
            return Make(root, path, ParentLength(path, length), PlanMake.Directory, mode, O_PATH);
        }

        long found = Open(root, path, flags);
        return found != -ENOENT || make == PlanMake.Nothing ? found : Make(root, path, length, make, mode, flags);
    }

    /// <summary>EAGAIN: a rename elsewhere made the walk uncertain (openat2(2)); it is tried again, but not for ever.</summary>
    private static long Open(int root, byte* path, long flags)
    {
        // RESOLVE_IN_ROOT (Linux 5.6) is a chroot for one look-up. `Path + open` cannot do this: between the two a container swaps a
        // directory for a link (CVE-2018-15664 in docker cp, CVE-2019-19921 and CVE-2021-30465 in runc's mounts).
        open_how how;
        how.flags = (ulong)(flags | O_CLOEXEC);
        how.mode = 0;
        how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
        ReadOnlySpan<byte> self = ".\0"u8;
        byte* target = *path == 0 ? (byte*)self.Pointer : path;
        long result = -EAGAIN;
        for (int i = 0; i < 128 && result == -EAGAIN; i++)
        {
            result = Sys.Call(SystemCall.openat2, root, (long)target, (long)&how, sizeof(open_how));
        }

        return result;
    }

    /// <summary>Finds the longest part that exists and makes the rest beneath it.</summary>
    private static long Make(int root, byte* path, long length, PlanMake make, long mode, long flags)
    {
        // From the long end: most of the path is there, as a rule all but its last name.
        byte* prefix = stackalloc byte[Capacity];
        Memory.Copy(prefix, path, length);
        prefix[length] = 0;
        long end = length;
        long directory = Open(root, prefix, O_PATH);
        while (directory == -ENOENT && end > 0)
        {
            end = ParentLength(prefix, end);
            prefix[end] = 0;
            directory = Open(root, prefix, O_PATH);
        }

        if (directory < 0)
        {
            return directory;
        }

        if (HasParentReference(path + end))
        {
            Sys.Close(directory);
            return -EINVAL;
        }

        long made = MakeRest((int)directory, path + end, length - end, make, mode);
        if (made < 0)
        {
            return made;
        }

        return Reopened((int)made, flags);
    }

    private static long MakeRest(int directory, byte* rest, long length, PlanMake make, long mode)
    {
        // Each turn holds the directory that it has just proven, and asks for one name in it. Nothing that happens to the path above
        // matters any more.
        byte* name = stackalloc byte[256];
        long at = 0;
        while (NextName(rest, length, ref at, name, out bool isLast, out long result))
        {
            if (result == 0)
            {
                result = MakeOne(directory, name, isLast && make == PlanMake.File, mode);
            }

            Sys.Close(directory);
            if (result < 0)
            {
                return result;
            }

            directory = (int)result;
        }

        return directory;
    }

    /// <summary>`..` beyond what exists has no meaning that would be safe; found before anything is made.</summary>
    private static bool HasParentReference(byte* rest)
    {
        for (byte* at = rest; *at != 0; at++)
        {
            bool begins = at == rest || at[-1] == (byte)'/';
            if (begins && at[0] == (byte)'.' && at[1] == (byte)'.' && (at[2] == 0 || at[2] == (byte)'/'))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>`.` and empty components fall away.</summary>
    private static bool NextName(byte* rest, long length, ref long at, byte* name, out bool isLast, out long result)
    {
        result = 0;
        isLast = false;
        while (at < length && rest[at] == (byte)'/')
        {
            at++;
        }

        if (at >= length)
        {
            return false;
        }

        int count = 0;
        while (at < length && rest[at] != (byte)'/')
        {
            if (count < 255)
            {
                name[count] = rest[at];
            }

            count++;
            at++;
        }

        long next = at;
        while (next < length && rest[next] == (byte)'/')
        {
            next++;
        }

        isLast = next >= length;
        if (count > 255)
        {
            result = -ENAMETOOLONG;
        }
        else
        {
            name[count] = 0;
        }

        return true;
    }

    /// <summary>
    /// mkdir or create, then open what is there now without following a link: a link that dangles (the reason why the kernel said ENOENT),
    /// or that someone put there meanwhile, ends in ELOOP or ENOTDIR.
    /// </summary>
    private static long MakeOne(int directory, byte* name, bool isFile, long mode)
    {
        if (Memory.Is(name, "."u8))
        {
            return Sys.OpenAt(directory, name, O_PATH | O_DIRECTORY);
        }

        // mknod, not open(O_CREAT): an open of what someone else put there could hang on a FIFO or wake a device.
        long made = isFile
            ? Sys.Call(
                SystemCall.mknodat,
                directory,
                (long)name,
                S_IFREG
                    | (
                        mode & Modes.Mode0666 /* 0666 */
                    )
            )
            : Sys.Call(SystemCall.mkdirat, directory, (long)name, mode);
        if (made is < 0 and not -EEXIST)
        {
            return made;
        }

        // EEXIST is no failure: two mounts of a plan share parents, and so do two containers that share an upper directory's volume.
        return Sys.OpenAt(directory, name, O_PATH | O_NOFOLLOW | (isFile ? 0 : O_DIRECTORY));
    }

    /// <summary>The descriptor with the flags that the plan asked for.</summary>
    private static long Reopened(int descriptor, long flags)
    {
        if ((flags & O_PATH) != 0 && (flags & ~(O_PATH | O_DIRECTORY | O_CLOEXEC)) == 0)
        {
            return descriptor;
        }

        // An O_PATH descriptor cannot be written through; its magic link names exactly the file that was proven above, whatever its path
        // leads to by now.
        byte* path = stackalloc byte[40];
        TextBuffer text = new(path, 40);
        text.Literal("/proc/self/fd/"u8);
        text.Number(descriptor);
        text.End();
        long opened = Sys.Open(path, flags & ~(long)O_NOFOLLOW);
        Sys.Close(descriptor);
        return opened;
    }

    private static long ParentLength(byte* path, long length)
    {
        while (length > 0 && path[length - 1] == (byte)'/')
        {
            length--;
        }

        while (length > 0 && path[length - 1] != (byte)'/')
        {
            length--;
        }

        return length;
    }
}
