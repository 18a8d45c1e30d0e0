using System.Runtime.InteropServices;

namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;poll.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const short POLLERR = 0x8;
    public const short POLLHUP = 0x10;
    public const short POLLIN = 0x1;
    public const short POLLMSG = 0x400;
    public const short POLLNVAL = 0x20;
    public const short POLLOUT = 0x4;
    public const short POLLPRI = 0x2;
    public const short POLLRDBAND = 0x80;
    public const short POLLRDHUP = 0x2000;
    public const short POLLRDNORM = 0x40;
    public const short POLLREMOVE = 0x1000;
    public const short POLLWRBAND = 0x200;
    public const short POLLWRNORM = 0x100;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int poll(pollfd* fds, nuint nfds, int timeout);
}

internal struct pollfd
{
    public int fd;
    public short events;
    public short revents;
}
