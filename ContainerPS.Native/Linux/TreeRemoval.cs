using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

/// <summary>
/// Deletes a tree whose content is not to be trusted. Names are bytes. It never follows a symbolic link, never enters a mount, and needs
/// three descriptors however deep the tree is: a deep directory is first moved up to the top (a hostile layer can nest deeper than any
/// descriptor limit or path).
/// </summary>
public static class TreeRemoval
{
    private const int BufferSize = 64 * 1024;

    /// <summary>Deletes the entry of a directory, a file or a tree; returns 0 or -errno. One that is not there is no error.</summary>
    /// <param name="parentFd">The directory.</param>
    /// <param name="name">Ends with NUL.</param>
    /// <param name="existed">False when there was nothing of that name.</param>
    public static int Delete(int parentFd, ReadOnlySpan<byte> name, out bool existed)
    {
        int result = TreeCalls.Unlink(parentFd, name);
        existed = result != -ENOENT;
        if (result is 0 or -ENOENT)
        {
            return 0;
        }

        if (result is not (-EISDIR or -EPERM))
        {
            return result;
        }

        // Most are not empty. But a mount point answers EBUSY here, before anything below it is looked at.
        int asDirectory = TreeCalls.Unlink(parentFd, name, directory: true);
        if (asDirectory is not (-ENOTEMPTY or -EEXIST))
        {
            // EPERM of a file: it is immutable (man 2 ioctl_iflags).
            return asDirectory == -ENOTDIR ? result : Gone(asDirectory);
        }

        int top = TreeCalls.Open(parentFd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (top < 0)
        {
            return Gone(top);
        }

        try
        {
            result = EmptyTop(top);
        }
        finally
        {
            TreeCalls.Close(top);
        }

        return result < 0 ? result : Gone(TreeCalls.Unlink(parentFd, name, directory: true));
    }

    private static int Gone(int result) => result == -ENOENT ? 0 : result;

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
                    if (result < 0 && result != -ENOENT)
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
        if (asFile is not (-EISDIR or -EPERM))
        {
            return asFile;
        }

        int result = TreeCalls.Unlink(fd, name, directory: true);
        // EPERM of a file: it is immutable (man 2 ioctl_iflags).
        if (result == -ENOTDIR)
        {
            return asFile;
        }

        if (result is not (-ENOTEMPTY or -EEXIST))
        {
            return result;
        }

        return fd == top ? EmptyBelow(top, name, ref moved) : MoveUp(fd, top, name, ref moved);
    }

    private static int EmptyBelow(int top, ReadOnlySpan<byte> name, ref int moved)
    {
        int below = TreeCalls.Open(top, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
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

        // Not empty yet when entries were moved or skipped while it was read: the next pass finds it again.
        int removed = TreeCalls.Unlink(top, name, directory: true);
        return removed is -ENOTEMPTY or -EEXIST ? 0 : removed;
    }

    private static int MoveUp(int fd, int top, ReadOnlySpan<byte> name, ref int moved)
    {
        while (true)
        {
            byte[] target = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $".removing-{moved++}\0"));
            int result = TreeCalls.Rename(fd, name, top, target);
            if (result is not (-ENOTEMPTY or -EEXIST or -ENOTDIR))
            {
                return result;
            }
        }
    }
}
