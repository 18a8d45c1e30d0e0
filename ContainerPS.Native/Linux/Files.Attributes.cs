using System.Runtime.InteropServices;
using System.Text;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

/// <content>Extended attributes, <c>xattr(7)</c>.</content>
public static partial class Files
{
    /// <summary>Null when the file has no such attribute.</summary>
    public static unsafe byte[]? GetAttribute(FileDescriptor file, string name)
    {
        byte[] buffer = new byte[256];
        while (true)
        {
            fixed (byte* start = buffer)
            {
                long length = fgetxattr(file, name, start, (nuint)buffer.Length);
                if (length >= 0)
                {
                    return buffer[..(int)length];
                }

                if (Marshal.GetLastPInvokeError() == ENODATA)
                {
                    return null;
                }

                if (Marshal.GetLastPInvokeError() != ERANGE)
                {
                    LinuxException.Check(length, $"fgetxattr({file}, {name})");
                }
            }

            buffer = new byte[buffer.Length * 4];
        }
    }

    public static unsafe void SetAttribute(FileDescriptor file, string name, ReadOnlySpan<byte> value, int flags = 0)
    {
        fixed (byte* start = value)
        {
            LinuxException.Check(
                fsetxattr(file, name, start, (nuint)value.Length, flags),
                $"fsetxattr({file}, {name}, {value.Length} bytes)"
            );
        }
    }

    /// <summary>Of a name in an open directory, never following it: symlinks and device nodes cannot be opened to be written to.</summary>
    public static unsafe void SetAttributeAt(FileDescriptor directory, string path, string name, ReadOnlySpan<byte> value)
    {
        string full = Below(directory, path);
        fixed (byte* start = value)
        {
            LinuxException.Check(lsetxattr(full, name, start, (nuint)value.Length, 0), $"lsetxattr({full}, {name}, {value.Length} bytes)");
        }

        GC.KeepAlive(directory);
    }

    /// <summary>Null when the name has no such attribute; a symlink is not followed.</summary>
    public static unsafe byte[]? GetAttributeAt(FileDescriptor directory, string path, string name)
    {
        string full = Below(directory, path);
        byte[] buffer = new byte[256];
        while (true)
        {
            fixed (byte* start = buffer)
            {
                long length = lgetxattr(full, name, start, (nuint)buffer.Length);
                int errno = length < 0 ? Marshal.GetLastPInvokeError() : 0;
                GC.KeepAlive(directory);
                if (length >= 0 || errno == ENODATA)
                {
                    return errno == ENODATA ? null : buffer[..(int)length];
                }

                if (errno != ERANGE)
                {
                    LinuxException.Check(length, $"lgetxattr({full}, {name})");
                }
            }

            buffer = new byte[buffer.Length * 4];
        }
    }

    /// <summary>Names of the attributes of a name in an open directory; a symlink is not followed.</summary>
    public static unsafe IReadOnlyList<string> ListAttributesAt(FileDescriptor directory, string path)
    {
        string full = Below(directory, path);
        byte[] buffer = new byte[1024];
        while (true)
        {
            fixed (byte* start = buffer)
            {
                long length = llistxattr(full, start, (nuint)buffer.Length);
                int errno = length < 0 ? Marshal.GetLastPInvokeError() : 0;
                GC.KeepAlive(directory);
                if (length >= 0)
                {
                    return Encoding.UTF8.GetString(buffer, 0, (int)length).Split('\0', StringSplitOptions.RemoveEmptyEntries);
                }

                if (errno != ERANGE)
                {
                    LinuxException.Check(length, $"llistxattr({full})");
                }
            }

            buffer = new byte[buffer.Length * 4];
        }
    }

    // There is no *at call for attributes before Linux 6.13; procfs names the open directory, and one plain name below it is not a path.
    private static string Below(FileDescriptor directory, string name)
    {
        if (name.Contains('/', StringComparison.Ordinal) || name is "" or "..")
        {
            throw new ArgumentException("A single name is wanted here: resolve paths with Root first.", nameof(name));
        }

        return $"/proc/self/fd/{directory.Number}/{name}";
    }
}
