using System.Runtime.InteropServices;
using System.Text;
using ContainerPS.Native.Interop;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

/// <summary>
/// Files by descriptor and name. Everything opens close-on-exec. A name beside a directory descriptor follows symlinks as the call
/// itself does: paths that come from an image or a user belong to <see cref="Root"/>.
/// </summary>
public static partial class Files
{
    public static FileDescriptor Open(string path, int flags = O_RDONLY, uint mode = Modes.Mode0666) =>
        OpenAt(FileDescriptor.CurrentDirectory, path, flags, mode);

    public static FileDescriptor OpenAt(FileDescriptor directory, string path, int flags = O_RDONLY, uint mode = Modes.Mode0666) =>
        new(LinuxException.Check(openat(directory, path, flags | O_CLOEXEC, mode), $"openat({directory}, {path}, {flags:open})"));

    /// <summary>Opens a directory to give names beside it.</summary>
    public static FileDescriptor OpenDirectory(string path) => Open(path, O_RDONLY | O_DIRECTORY);

    /// <summary><c>openat2(2)</c>, Linux 5.6: resolution under rules. EAGAIN (a rename beside an upward step) is repeated.</summary>
    public static FileDescriptor OpenAt2(FileDescriptor directory, string path, int flags, uint mode, int resolve)
    {
        int number = OpenNumber(directory, path, flags, mode, resolve);
        return new(LinuxException.Check(number, $"openat2({directory}, {path}, {flags:open}, {resolve:resolve})"));
    }

    /// <summary>
    /// As <see cref="OpenAt2"/>; null when the path, or a directory on its way, does not exist. Throws on everything else.
    /// </summary>
    public static FileDescriptor? TryOpenAt2(FileDescriptor directory, string path, int flags, uint mode, int resolve)
    {
        int number = OpenNumber(directory, path, flags, mode, resolve);
        return number < 0 && Marshal.GetLastPInvokeError() is ENOENT or ENOTDIR
            ? null
            : new(LinuxException.Check(number, $"openat2({directory}, {path}, {flags:open}, {resolve:resolve})"));
    }

    /// <summary>Null when the path, or a directory on its way, does not exist; throws on everything else.</summary>
    public static FileDescriptor? TryOpenAt(FileDescriptor directory, string path, int flags = O_RDONLY, uint mode = Modes.Mode0666)
    {
        int number = openat(directory, path, flags | O_CLOEXEC, mode);
        return number < 0 && Marshal.GetLastPInvokeError() == ENOENT
            ? null
            : new(LinuxException.Check(number, $"openat({directory}, {path}, {flags:open})"));
    }

    public static FileStatus Status(string path, bool followSymlink = true) =>
        StatusAt(FileDescriptor.CurrentDirectory, path, followSymlink);

    public static FileStatus StatusAt(FileDescriptor directory, string path, bool followSymlink = false) =>
        TryStatusAt(directory, path, out FileStatus status, followSymlink) ? status : throw NotFound(directory, path);

    /// <summary>Of the open file itself.</summary>
    public static FileStatus Status(FileDescriptor file) => StatusAt(file, "");

    /// <summary>False when the path does not exist; throws on everything else.</summary>
    public static unsafe bool TryStatusAt(FileDescriptor directory, string path, out FileStatus status, bool followSymlink = false)
    {
        statx buffer = default;
        int flags = (followSymlink ? 0 : AT_SYMLINK_NOFOLLOW) | (path.Length == 0 ? AT_EMPTY_PATH : 0);
        int result = statx(directory, path, flags, STATX_BASIC_STATS | STATX_MNT_ID, &buffer);
        if (result < 0 && Marshal.GetLastPInvokeError() is ENOENT or ENOTDIR)
        {
            status = default;
            return false;
        }

        LinuxException.Check(result, $"statx({directory}, {path})");
        status = FileStatus.From(buffer);
        return true;
    }

    /// <param name="path">The file.</param>
    /// <param name="followSymlink">False for the name itself: a symbolic link that leads nowhere is there.</param>
    public static bool Exists(string path, bool followSymlink = true) =>
        TryStatusAt(FileDescriptor.CurrentDirectory, path, out _, followSymlink);

    public static string ReadLink(string path) => ReadLinkAt(FileDescriptor.CurrentDirectory, path);

    public static string ReadLinkAt(FileDescriptor directory, string path) =>
        TryReadLinkAt(directory, path) ?? throw new LinuxException($"readlinkat({directory}, {path})", Marshal.GetLastPInvokeError());

    /// <summary>Null where there is no symbolic link by that name, or no longer.</summary>
    public static string? TryReadLink(string path) => TryReadLinkAt(FileDescriptor.CurrentDirectory, path);

    private static unsafe string? TryReadLinkAt(FileDescriptor directory, string path)
    {
        const int longest = 4096;
        byte* buffer = stackalloc byte[longest];
        nint length = readlinkat(directory, path, buffer, longest);
        if (length < 0)
        {
            // EINVAL: it is something else than a link.
            return Marshal.GetLastPInvokeError() is ENOENT or ENOTDIR or EINVAL
                ? null
                : throw new LinuxException($"readlinkat({directory}, {path})", Marshal.GetLastPInvokeError());
        }

        return Encoding.UTF8.GetString(buffer, (int)length);
    }

    /// <summary>The whole file; sizes told by procfs and cgroupfs are not believed.</summary>
    public static byte[] ReadAllBytes(string path) => ReadAllBytesAt(FileDescriptor.CurrentDirectory, path);

    public static byte[] ReadAllBytesAt(FileDescriptor directory, string path)
    {
        using FileDescriptor file = OpenAt(directory, path);
        return file.ReadToEnd();
    }

    public static string ReadAllText(string path) => Encoding.UTF8.GetString(ReadAllBytes(path));

    public static string ReadAllTextAt(FileDescriptor directory, string path) => Encoding.UTF8.GetString(ReadAllBytesAt(directory, path));

    /// <summary>Creates or truncates; not atomic.</summary>
    public static void WriteAllBytesAt(FileDescriptor directory, string path, ReadOnlySpan<byte> data, uint mode = Modes.Mode0644)
    {
        using FileDescriptor file = OpenAt(directory, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
        file.Write(data);
    }

    /// <summary>Anonymous memory file. Asks for an executable one first where the kernel tells them apart (Linux 6.3).</summary>
    public static FileDescriptor CreateMemoryFile(string name, bool sealable = true, bool executable = false)
    {
        int flags = MFD_CLOEXEC | (sealable ? MFD_ALLOW_SEALING : 0);
        int number = memfd_create(name, (uint)(flags | (executable ? MFD_EXEC : MFD_NOEXEC_SEAL)));
        if (number < 0 && Marshal.GetLastPInvokeError() == EINVAL)
        {
            number = memfd_create(name, (uint)flags);
        }

        return new(LinuxException.Check(number, $"memfd_create({name}, {flags:x})"));
    }

    /// <summary>Adds seals to a memory file (F_SEAL_WRITE and its like).</summary>
    public static void AddSeals(FileDescriptor file, int seals) =>
        LinuxException.Check(fcntl(file, F_ADD_SEALS, seals), $"fcntl({file}, F_ADD_SEALS, {seals:x})");

    /// <summary>A pipe, close-on-exec.</summary>
    public static unsafe (FileDescriptor Read, FileDescriptor Write) CreatePipe(int flags = 0)
    {
        int* ends = stackalloc int[2];
        LinuxException.Check(pipe2(ends, flags | O_CLOEXEC), $"pipe2({flags:open})");
        return (new(ends[0]), new(ends[1]));
    }

    /// <summary>A pair of connected Unix sockets, close-on-exec.</summary>
    public static unsafe (FileDescriptor First, FileDescriptor Second) CreateSocketPair(int type)
    {
        int* ends = stackalloc int[2];
        LinuxException.Check(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends), $"socketpair(AF_UNIX, {type})");
        return (new(ends[0]), new(ends[1]));
    }

    /// <summary>One message over a socket, with descriptors if any are given. A receiver that is gone is EPIPE, and no signal.</summary>
    public static void Send(FileDescriptor socket, ReadOnlySpan<byte> bytes, params ReadOnlySpan<int> descriptors)
    {
        if (!TrySend(socket, bytes, descriptors))
        {
            throw new LinuxException($"sendmsg({socket}, {bytes.Length} bytes)", Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>As <see cref="Send"/>; false when it could not be sent.</summary>
    public static unsafe bool TrySend(FileDescriptor socket, ReadOnlySpan<byte> bytes, params ReadOnlySpan<int> descriptors)
    {
        int length = sizeof(cmsghdr) + (descriptors.Length * sizeof(int));
        int space = (length + 7) & -8;
        byte* control = stackalloc byte[space];
        *(cmsghdr*)control = new cmsghdr
        {
            cmsg_len = (nuint)length,
            cmsg_level = SOL_SOCKET,
            cmsg_type = SCM_RIGHTS,
        };
        descriptors.CopyTo(new Span<int>(control + sizeof(cmsghdr), descriptors.Length));
        fixed (byte* start = bytes)
        {
            var part = new iovec { iov_base = start, iov_len = (nuint)bytes.Length };
            var message = new msghdr { msg_iov = &part, msg_iovlen = 1 };
            if (descriptors.Length > 0)
            {
                message.msg_control = control;
                message.msg_controllen = (nuint)space;
            }

            nint sent;
            do
            {
                sent = sendmsg(socket, &message, MSG_NOSIGNAL);
            } while (sent < 0 && Marshal.GetLastPInvokeError() == EINTR);
            return sent >= 0;
        }
    }

    /// <summary>Waits until one of the events can be had. Returns the events that came, 0 after the time-out (-1: no time-out).</summary>
    public static unsafe short Poll(FileDescriptor file, short events, int timeoutMilliseconds)
    {
        pollfd entry = new() { fd = file.Number, events = events };
        int result = poll(&entry, 1, timeoutMilliseconds);
        GC.KeepAlive(file);
        return result < 0 && Marshal.GetLastPInvokeError() == EINTR ? (short)0
            : LinuxException.Check(result, $"poll({file}, {events:x}, {timeoutMilliseconds})") == 0 ? (short)0
            : entry.revents;
    }

    private static LinuxException NotFound(FileDescriptor directory, string path) => new($"statx({directory}, \"{path}\")", ENOENT);

    private static unsafe int OpenNumber(FileDescriptor directory, string path, int flags, uint mode, int resolve)
    {
        open_how how = new()
        {
            flags = (uint)(flags | O_CLOEXEC),
            mode = mode,
            resolve = (ulong)resolve,
        };
        fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
        {
            // Bounded: an image that renames directories all the time must not hold us for ever (man 2 openat2, EAGAIN).
            for (int attempt = 0; ; attempt++)
            {
                int number = (int)syscall(SYS.openat2, directory, name, (nint)(&how), sizeof(open_how), 0, 0);
                if (number >= 0 || Marshal.GetLastPInvokeError() is not (EAGAIN or EINTR) || attempt == 128)
                {
                    return number;
                }
            }
        }
    }
}
