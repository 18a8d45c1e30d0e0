using System.Text;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

/// <summary>
/// A directory that paths of others are resolved in. Whatever such a path says (absolute, "..", symlinks of an image), it ends below
/// this directory, because the kernel resolves it so (<c>openat2(2)</c>, RESOLVE_IN_ROOT), not because the text was looked at.
/// </summary>
/// <remarks>
/// Ordinary use: <c>using Root root = Root.Open(rootfs); using FileDescriptor file = root.Resolve(fromImage, O_RDONLY);</c> and work on
/// the descriptor. Never join the path to the directory's text: a symlink inside would lead out of it (CVE-2018-15664 and its like).
/// </remarks>
public sealed class Root : IDisposable
{
    private const int Confined = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

    public Root(FileDescriptor directory) => Directory = directory;

    /// <summary>The directory itself.</summary>
    public FileDescriptor Directory { get; }

    /// <summary>Opens a directory of the host, which is trusted as it is.</summary>
    public static Root Open(string path) => new(Files.Open(path, O_PATH | O_DIRECTORY));

    /// <summary>
    /// Opens what the path leads to. Default is an O_PATH descriptor, which names a file without touching it (a device, a FIFO).
    /// </summary>
    public FileDescriptor Resolve(string untrusted, int flags = O_PATH, uint mode = 0) =>
        Files.OpenAt2(Directory, Named(untrusted), flags, mode, Confined);

    /// <summary>Null when it does not exist.</summary>
    public FileDescriptor? TryResolve(string untrusted, int flags = O_PATH, uint mode = 0) =>
        Files.TryOpenAt2(Directory, Named(untrusted), flags, mode, Confined);

    /// <summary>The whole file.</summary>
    public byte[] ReadAllBytes(string untrusted)
    {
        using FileDescriptor file = Resolve(untrusted, O_RDONLY | O_NONBLOCK);
        return file.ReadToEnd();
    }

    /// <summary>Null when it does not exist or is not a regular file (an image may put a FIFO where a text is expected).</summary>
    public string? TryReadText(string untrusted)
    {
        using FileDescriptor? file = TryResolve(untrusted, O_RDONLY | O_NONBLOCK);
        return file is null || !Files.Status(file).IsRegular ? null : Encoding.UTF8.GetString(file.ReadToEnd());
    }

    /// <summary>
    /// Makes the directories of the path that are missing and opens the last one. A symlink on the way is followed inside the root; one
    /// that leads nowhere is an error (ENOENT), as it is for <c>mkdir -p</c>.
    /// </summary>
    public FileDescriptor MakeDirectories(string untrusted, uint mode = Modes.Mode0755)
    {
        FileDescriptor current = Resolve("/", O_PATH | O_DIRECTORY);
        StringBuilder walked = new("/");
        foreach (string part in untrusted.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            walked.Append(part).Append('/');
            using FileDescriptor parent = current;
            current = Step(parent, part, walked.ToString(), mode);
        }

        return current;
    }

    /// <summary>Opens the directory that holds the last part of the path, and tells that part. "..", "." and "/" have none.</summary>
    public (FileDescriptor Parent, string Name) ResolveParent(string untrusted)
    {
        string trimmed = untrusted.TrimEnd('/');
        int slash = trimmed.LastIndexOf('/');
        string name = trimmed[(slash + 1)..];
        if (name is "" or "." or "..")
        {
            throw new ArgumentException($"'{untrusted}' names no entry of a directory.", nameof(untrusted));
        }

        return (Resolve(slash < 0 ? "/" : trimmed[..(slash + 1)], O_PATH | O_DIRECTORY), name);
    }

    public void Dispose() => Directory.Dispose();

    // mkdirat takes one plain name beside a descriptor that was resolved inside the root; then the whole walked path is resolved
    // anew, so that an entry that turns out to be a symlink is followed inside the root as well.
    private FileDescriptor Step(FileDescriptor parent, string part, string walked, uint mode)
    {
        if (part is not ("." or ".."))
        {
            Files.TryMakeDirectoryAt(parent, part, mode);
        }

        return Resolve(walked, O_PATH | O_DIRECTORY);
    }

    private static string Named(string path) => path.Length == 0 ? "/" : path;
}
