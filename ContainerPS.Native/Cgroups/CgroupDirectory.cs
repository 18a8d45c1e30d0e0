using System.Runtime.InteropServices;
using System.Text;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Cgroups;

/// <summary>
/// A group's directory in one hierarchy, which may or may not exist. It is named by its path: walking half a dozen names in memory costs
/// a third of a microsecond, less than finding out whether a descriptor kept from before still means the same group.
/// </summary>
internal sealed class CgroupDirectory(string path)
{
    public string Path { get; } = path;

    public bool Exists => faccessat(FileDescriptor.CurrentDirectory, Path, F_OK, 0) == 0;

    /// <summary>Null when it does not exist.</summary>
    public ulong? Inode =>
        Files.TryStatusAt(FileDescriptor.CurrentDirectory, Path, out FileStatus status, followSymlink: false) ? status.Inode : null;

    public string PathOf(string file) => $"{Path}/{file}";

    public bool Has(string file) => faccessat(FileDescriptor.CurrentDirectory, PathOf(file), F_OK, 0) == 0;

    public FileDescriptor Open(string file = ".", int flags = O_RDONLY) => Files.Open(PathOf(file), flags, 0);

    /// <summary>Without the newline at the end.</summary>
    public string Read(string file) => TryRead(file) ?? throw new LinuxException($"openat(AT_FDCWD, \"{PathOf(file)}\", O_RDONLY)", ENOENT);

    /// <summary>Null when the file does not exist, or does not answer: the group is just going away, the controller is not bound.</summary>
    public string? TryRead(string file)
    {
        try
        {
            using FileDescriptor? open = Files.TryOpenAt(FileDescriptor.CurrentDirectory, PathOf(file));
            return open is null ? null : Encoding.UTF8.GetString(open.ReadToEnd()).TrimEnd('\n');
        }
        catch (LinuxException silent) when (silent.Errno is ENODEV or EOPNOTSUPP or EINVAL)
        {
            return null;
        }
    }

    /// <summary>One write(2): the kernel parses each by itself.</summary>
    public void Write(string file, string value)
    {
        using FileDescriptor open = OpenToWrite(file);
        WriteText(open, value);
    }

    /// <summary>
    /// False when the file is not there. A group that somebody removes (a monitor does, at the end of a run) loses its files before its
    /// name.
    /// </summary>
    public bool TryWrite(string file, string value)
    {
        try
        {
            Write(file, value);
            return true;
        }
        catch (LinuxException gone) when (gone.Errno is ENOENT or ENODEV)
        {
            return false;
        }
    }

    /// <summary>For several writes into one file. O_TRUNC means nothing to a control file; it makes a plain file behave alike.</summary>
    public FileDescriptor OpenToWrite(string file) => Open(file, O_WRONLY | O_TRUNC);

    /// <summary>False when it was there; the groups above it must be.</summary>
    public bool TryMake() => Files.TryMakeDirectoryAt(FileDescriptor.CurrentDirectory, Path);

    /// <summary>0, or the error of rmdir.</summary>
    public int TryRemove() => unlinkat(FileDescriptor.CurrentDirectory, Path, AT_REMOVEDIR) == 0 ? 0 : Marshal.GetLastPInvokeError();

    public IReadOnlyList<CgroupDirectory> Children()
    {
        using FileDescriptor? directory = Files.TryOpenAt(FileDescriptor.CurrentDirectory, Path, O_RDONLY | O_DIRECTORY);
        return directory is null
            ? []
            : [.. EntriesOf(directory).Where(entry => entry.IsDirectory).Select(entry => new CgroupDirectory(PathOf(entry.Name)))];
    }

    // The monitor may remove the group between the two calls.
    private static IReadOnlyList<DirectoryEntry> EntriesOf(FileDescriptor directory)
    {
        try
        {
            return Files.ReadDirectory(directory);
        }
        catch (LinuxException gone) when (gone.Errno is ENOENT or ENODEV)
        {
            return [];
        }
    }

    public override string ToString() => Path;

    internal static void WriteText(FileDescriptor open, string value)
    {
        Span<byte> buffer = stackalloc byte[256];
        ReadOnlySpan<byte> bytes = Encoding.UTF8.TryGetBytes(value, buffer, out int length)
            ? buffer[..length]
            : Encoding.UTF8.GetBytes(value);
        open.WriteOnce(bytes);
    }
}
