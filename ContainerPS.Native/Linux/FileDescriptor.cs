using System.Runtime.InteropServices;
using System.Text;
using ContainerPS.Native.Interop;
using Microsoft.Win32.SafeHandles;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

/// <summary>An open file descriptor, close-on-exec, closed once.</summary>
public sealed partial class FileDescriptor : SafeHandle
{
    /// <summary>AT_FDCWD: paths given beside it are taken as they are.</summary>
    public static FileDescriptor CurrentDirectory { get; } = new(AT_FDCWD, ownsHandle: false);

    public FileDescriptor(int number, bool ownsHandle = true)
        : base(-1, ownsHandle) => SetHandle(number);

    public override bool IsInvalid => handle == -1;

    /// <summary>The number; valid only while this object is alive.</summary>
    public int Number => (int)DangerousGetHandle();

    /// <summary>"12 &lt;/var/lib/x&gt;" for error texts.</summary>
    public override string ToString() => Describe(Number);

    /// <summary>A second descriptor of the same open file.</summary>
    public FileDescriptor Duplicate() => new(LinuxException.Check(fcntl(this, F_DUPFD_CLOEXEC, 3), $"fcntl({this}, F_DUPFD_CLOEXEC, 3)"));

    /// <summary>
    /// A duplicate numbered at least <paramref name="lowest"/>: posix_spawn's dup2 actions must not clobber their own sources.
    /// </summary>
    public FileDescriptor DuplicateAbove(int lowest) =>
        new(LinuxException.Check(fcntl(this, F_DUPFD_CLOEXEC, lowest), $"fcntl({this}, F_DUPFD_CLOEXEC, {lowest})"));

    /// <summary>Hands the descriptor over to the handle type of .NET's own file API; this object is invalid afterwards.</summary>
    public SafeFileHandle ToSafeFileHandle()
    {
        SafeFileHandle file = new(handle, ownsHandle: true);
        SetHandleAsInvalid();
        return file;
    }

    /// <summary>Gives the number away; the caller closes it.</summary>
    public int Release()
    {
        int number = Number;
        SetHandleAsInvalid();
        return number;
    }

    /// <summary>The path that the kernel knows the open file by; null when it has none (a pipe has "pipe:[1]").</summary>
    public string? Path => LinkOf(Number);

    internal static string Describe(int number) =>
        number == AT_FDCWD ? "AT_FDCWD"
        : LinkOf(number) is { } path ? $"{number} <{path}>"
        : $"{number}";

    private static unsafe string? LinkOf(int number)
    {
        const int longest = 4096;
        byte* buffer = stackalloc byte[longest];
        nint length = readlinkat(CurrentDirectory, $"/proc/self/fd/{number}", buffer, longest);
        return length < 0 ? null : Encoding.UTF8.GetString(buffer, (int)length);
    }

    // Linux frees the number even when close reports EINTR or EIO: a second try could close somebody else's descriptor (man 2 close).
    protected override bool ReleaseHandle() => close((int)handle) == 0;
}
