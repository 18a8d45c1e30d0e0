using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Common;

/// <summary>
/// Deletes a tree whose content is not to be trusted. It never follows a symbolic link and needs three descriptors however deep the tree
/// is: a deep directory is first moved up to the top (a hostile layer can nest deeper than any descriptor limit or path).
/// </summary>
public static class TreeRemover
{
    private const int BufferSize = 64 * 1024;

    /// <summary>Deletes a file or tree; one that is not there is no error.</summary>
    public static void Delete(string path)
    {
        byte[] name = Encoding.UTF8.GetBytes(path + '\0');
        Check(Delete(Posix.AT_FDCWD, name), path);
    }

    /// <summary>Deletes a tree, unless somebody holds an flock on it: another process may be at it, or still want it.</summary>
    public static void DeleteIfFree(string path)
    {
        using var held = FileLock.TryAcquireDirectory(path);
        if (held is not null)
        {
            Delete(path);
        }
    }

    /// <summary>Deletes the entry of a directory; returns 0 or -errno. The name ends with NUL.</summary>
    internal static int Delete(int parentFd, ReadOnlySpan<byte> name)
    {
        int result = TreeCalls.Unlink(parentFd, name);
        if (result is 0 or -Posix.ENOENT)
        {
            return 0;
        }

        if (result is not (-Posix.EISDIR or -Posix.EPERM))
        {
            return result;
        }

        int top = TreeCalls.Open(parentFd, name, Posix.O_RDONLY | Posix.O_DIRECTORY | Posix.O_NOFOLLOW);
        if (top < 0)
        {
            return top == -Posix.ENOENT ? 0 : top;
        }

        try
        {
            result = EmptyTop(top);
        }
        finally
        {
            TreeCalls.Close(top);
        }

        if (result < 0)
        {
            return result;
        }

        result = TreeCalls.Unlink(parentFd, name, directory: true);
        return result == -Posix.ENOENT ? 0 : result;
    }

    // Directories moved up appear while the top is read: passes go on until one finds nothing.
    private static int EmptyTop(int top)
    {
        int moved = 0;
        while (true)
        {
            int result = Empty(top, top, ref moved, out int met);
            if (result < 0)
            {
                return result;
            }

            if (met == 0)
            {
                return 0;
            }

            if (TreeCalls.Seek(top, 0) is var seek and < 0)
            {
                return seek;
            }
        }
    }

    private static int Empty(int fd, int top, ref int moved, out int met)
    {
        met = 0;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (true)
            {
                int length = TreeCalls.ReadDirectory(fd, buffer);
                if (length <= 0)
                {
                    return length;
                }

                for (int at = 0; at < length; )
                {
                    // struct linux_dirent64: ino 8, off 8, reclen 2, type 1, name.
                    ushort record = BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(at + 16));
                    Span<byte> name = buffer.AsSpan(at + 19, record - 19);
                    name = name[..(name.IndexOf((byte)0) + 1)];
                    at += record;
                    if (name.SequenceEqual(".\0"u8) || name.SequenceEqual("..\0"u8))
                    {
                        continue;
                    }

                    met++;
                    int result = RemoveEntry(fd, top, name, ref moved);
                    if (result < 0 && result != -Posix.ENOENT)
                    {
                        return result;
                    }
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static int RemoveEntry(int fd, int top, ReadOnlySpan<byte> name, ref int moved)
    {
        int asFile = TreeCalls.Unlink(fd, name);
        // POSIX lets unlink of a directory say EPERM; Linux says EISDIR.
        if (asFile is not (-Posix.EISDIR or -Posix.EPERM))
        {
            return asFile;
        }

        int result = TreeCalls.Unlink(fd, name, directory: true);
        // EPERM of a file: it is immutable (man 2 ioctl_iflags).
        if (result == -Posix.ENOTDIR)
        {
            return asFile;
        }

        if (result is not (-Posix.ENOTEMPTY or -Posix.EEXIST))
        {
            return result;
        }

        return fd == top ? EmptyBelow(top, name, ref moved) : MoveUp(fd, top, name, ref moved);
    }

    private static int EmptyBelow(int top, ReadOnlySpan<byte> name, ref int moved)
    {
        int below = TreeCalls.Open(top, name, Posix.O_RDONLY | Posix.O_DIRECTORY | Posix.O_NOFOLLOW);
        if (below < 0)
        {
            return below;
        }

        try
        {
            int result = Empty(below, top, ref moved, out _);
            if (result < 0)
            {
                return result;
            }
        }
        finally
        {
            TreeCalls.Close(below);
        }

        // Not empty yet when entries were moved or skipped while it was read: the next pass meets it again.
        int removed = TreeCalls.Unlink(top, name, directory: true);
        return removed is -Posix.ENOTEMPTY or -Posix.EEXIST ? 0 : removed;
    }

    private static int MoveUp(int fd, int top, ReadOnlySpan<byte> name, ref int moved)
    {
        while (true)
        {
            byte[] target = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $".removing-{moved++}\0"));
            int result = TreeCalls.Rename(fd, name, top, target);
            if (result is not (-Posix.ENOTEMPTY or -Posix.EEXIST or -Posix.ENOTDIR))
            {
                return result;
            }
        }
    }

    private static void Check(int result, string path)
    {
        if (result < 0)
        {
            throw new EngineException(
                ErrorIds.EngineFailure,
                EngineErrorKind.Failure,
                $"Deleting '{path}' failed: {KernelError.Describe(-result)}.",
                path
            );
        }
    }
}
