using ContainerPS.Native.Interop;

namespace ContainerPS.Native.Linux;

public static unsafe partial class TreeCalls
{
    public static int SetAttribute(int fd, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        fixed (byte* n = Terminated(name))
        fixed (byte* v = value)
        {
            return (int)Call(SYS.fsetxattr, fd, (nint)n, (nint)v, value.Length, 0);
        }
    }

    /// <summary>Of the name itself, also when it is a symbolic link.</summary>
    public static int SetAttribute(int dirFd, ReadOnlySpan<byte> entry, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Span<byte> path = stackalloc byte[ProcPathLength + entry.Length];
        fixed (byte* p = ProcPath(dirFd, entry, path))
        fixed (byte* n = Terminated(name))
        fixed (byte* v = value)
        {
            return (int)Call(SYS.lsetxattr, (nint)p, (nint)n, (nint)v, value.Length, 0);
        }
    }

    public static int GetAttribute(int fd, ReadOnlySpan<byte> name, Span<byte> value)
    {
        fixed (byte* n = Terminated(name))
        fixed (byte* v = value)
        {
            return (int)Call(SYS.fgetxattr, fd, (nint)n, (nint)v, value.Length);
        }
    }

    public static int GetAttribute(int dirFd, ReadOnlySpan<byte> entry, ReadOnlySpan<byte> name, Span<byte> value)
    {
        Span<byte> path = stackalloc byte[ProcPathLength + entry.Length];
        fixed (byte* p = ProcPath(dirFd, entry, path))
        fixed (byte* n = Terminated(name))
        fixed (byte* v = value)
        {
            return (int)Call(SYS.lgetxattr, (nint)p, (nint)n, (nint)v, value.Length);
        }
    }

    /// <summary>Names, each ending with NUL.</summary>
    public static int ListAttributes(int fd, Span<byte> names)
    {
        fixed (byte* l = names)
        {
            return (int)Call(SYS.flistxattr, fd, (nint)l, names.Length);
        }
    }

    public static int ListAttributes(int dirFd, ReadOnlySpan<byte> entry, Span<byte> names)
    {
        Span<byte> path = stackalloc byte[ProcPathLength + entry.Length];
        fixed (byte* p = ProcPath(dirFd, entry, path))
        fixed (byte* l = names)
        {
            return (int)Call(SYS.llistxattr, (nint)p, (nint)l, names.Length);
        }
    }

    private const int ProcPathLength = 32;

    // The kernel has no lsetxattrat before 6.13; a descriptor's own link in procfs is not a path from outside.
    private static ReadOnlySpan<byte> ProcPath(int dirFd, ReadOnlySpan<byte> entry, Span<byte> path)
    {
        ReadOnlySpan<byte> prefix = "/proc/self/fd/"u8;
        prefix.CopyTo(path);
        dirFd.TryFormat(path[prefix.Length..], out int digits, provider: System.Globalization.CultureInfo.InvariantCulture);
        path[prefix.Length + digits] = (byte)'/';
        Terminated(entry).CopyTo(path[(prefix.Length + digits + 1)..]);
        return path[..(prefix.Length + digits + 1 + entry.Length)];
    }
}
