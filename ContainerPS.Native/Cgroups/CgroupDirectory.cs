using System.Runtime.InteropServices;
using System.Text;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Cgroups;

/// <summary>
/// A group's directory in one hierarchy, named from an open directory above it: a control file is read or written with three system
/// calls, and no descriptor per group is kept.
/// </summary>
internal sealed class CgroupDirectory
{
    private readonly FileDescriptor _anchor;
    private readonly string _prefix;

    /// <summary>"web/" below the open directory of the parent; <paramref name="path"/> is the absolute path, for people.</summary>
    public CgroupDirectory(FileDescriptor anchor, string name, string path)
    {
        _anchor = anchor;
        _prefix = name + "/";
        Path = path;
    }

    public string Path { get; }

    public string PathOf(string file) => $"{Path}/{file}";

    public bool Has(string file) => faccessat(_anchor, _prefix + file, F_OK, 0) == 0;

    public bool Exists => faccessat(_anchor, _prefix, F_OK, 0) == 0;

    public FileDescriptor Open(string file = ".", int flags = O_RDONLY) => Files.OpenAt(_anchor, _prefix + file, flags, 0);

    public string Read(string file) => TryRead(file) ?? throw new LinuxException($"openat({_anchor}, \"{_prefix}{file}\", O_RDONLY)", ENOENT);

    /// <summary>Without the newline at the end. Null when the file does not exist, or does not answer (ENODEV, EOPNOTSUPP).</summary>
    public string? TryRead(string file)
    {
        using FileDescriptor? open = Files.TryOpenAt(_anchor, _prefix + file);
        return open is null ? null : ReadText(open);
    }

    /// <summary>One write(2): the kernel parses each by itself. O_TRUNC changes nothing there, and makes a plain file behave alike.</summary>
    public void Write(string file, string value)
    {
        using FileDescriptor open = OpenToWrite(file);
        WriteText(open, value);
    }

    /// <summary>For several writes into one file.</summary>
    public FileDescriptor OpenToWrite(string file) => Files.OpenAt(_anchor, _prefix + file, O_WRONLY | O_TRUNC, 0);

    public bool TryMake()
    {
        int result = mkdirat(_anchor, _prefix[..^1], 0x1ed);
        if (result < 0 && Marshal.GetLastPInvokeError() == EEXIST)
        {
            return false;
        }

        LinuxException.Check(result, $"mkdirat({_anchor}, {_prefix[..^1]})");
        return true;
    }

    /// <summary>0, or the error of rmdir.</summary>
    public int TryRemove() => unlinkat(_anchor, _prefix[..^1], AT_REMOVEDIR) == 0 ? 0 : Marshal.GetLastPInvokeError();

    public IReadOnlyList<CgroupDirectory> Children()
    {
        FileDescriptor? directory = Files.TryOpenAt(_anchor, _prefix, O_RDONLY | O_DIRECTORY);
        if (directory is null)
        {
            return [];
        }

        using (directory)
        {
            return [.. Files.ReadDirectory(directory).Where(entry => entry.IsDirectory).Select(entry => Child(entry.Name))];
        }
    }

    public override string ToString() => Path;

    private CgroupDirectory Child(string name) => new(_anchor, _prefix + name, $"{Path}/{name}");

    internal static void WriteText(FileDescriptor open, string value)
    {
        Span<byte> buffer = stackalloc byte[256];
        ReadOnlySpan<byte> bytes = Encoding.UTF8.TryGetBytes(value, buffer, out int length) ? buffer[..length] : Encoding.UTF8.GetBytes(value);
        open.WriteOnce(bytes);
    }

    private static string? ReadText(FileDescriptor open)
    {
        try
        {
            return Encoding.UTF8.GetString(open.ReadToEnd()).TrimEnd('\n');
        }
        catch (LinuxException silent) when (silent.Errno is ENODEV or EOPNOTSUPP or EINVAL)
        {
            return null;
        }
    }
}
