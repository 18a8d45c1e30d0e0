using System.Text;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch.Users;

/// <summary>
/// The layers of an overlay that is not mounted, searched top-down as overlayfs merges them: a whiteout hides what is below, an opaque
/// directory too, a directory merges, anything else is the file. Symlinks are followed across layers, never by the kernel.
/// </summary>
internal sealed class LayeredView(IReadOnlyList<string> layers) : RootFsView
{
    /// <summary>The kernel's own limit.</summary>
    private const int MaximumLinks = 40;

    private readonly FileDescriptor?[] _opened = new FileDescriptor?[layers.Count];

    public override string? TryReadText(string path)
    {
        var pending = new Stack<string>(Enumerable.Reverse(Parts(path)));
        var walked = new List<string>();
        for (int links = 0; pending.TryPop(out string? part); )
        {
            if (part == "..")
            {
                walked.RemoveRange(Math.Max(walked.Count - 1, 0), Math.Min(walked.Count, 1));
                continue;
            }

            walked.Add(part);
            if (Top(walked) is not { } found)
            {
                return null;
            }

            if (found.Status.IsSymlink)
            {
                if (++links > MaximumLinks)
                {
                    return null;
                }

                Follow(Files.ReadLinkAt(Layer(found.Index), Join(walked)), walked, pending);
            }
            else if (pending.Count == 0)
            {
                return found.Status.IsRegular ? Encoding.UTF8.GetString(Files.ReadAllBytesAt(Layer(found.Index), Join(walked))) : null;
            }
        }

        return null;
    }

    public override void Dispose()
    {
        foreach (FileDescriptor? descriptor in _opened)
        {
            descriptor?.Dispose();
        }
    }

    private static void Follow(string target, List<string> walked, Stack<string> pending)
    {
        walked.RemoveAt(walked.Count - 1);
        if (target.StartsWith('/'))
        {
            walked.Clear();
        }

        foreach (string? part in Enumerable.Reverse(Parts(target)))
        {
            pending.Push(part);
        }
    }

    /// <summary>The uppermost entry that the merged directory shows at this path, whose directories are known to be no symlinks.</summary>
    private (int Index, FileStatus Status)? Top(List<string> path)
    {
        for (int index = 0; index < layers.Count; index++)
        {
            switch (Look(index, path, out FileStatus status))
            {
                case Entry.There:
                    return (index, status);
                case Entry.Hidden:
                    return null;
            }
        }

        return null;
    }

    /// <summary>Walks one layer: a directory of it may be missing (look below), deleted, replaced or opaque (stop here).</summary>
    private Entry Look(int index, List<string> path, out FileStatus status)
    {
        status = default;
        for (int length = 1; length <= path.Count; length++)
        {
            if (!Files.TryStatusAt(Layer(index), Join(path[..length]), out status))
            {
                return Enumerable.Range(1, length - 1).Any(above => IsOpaque(index, Join(path[..above]))) ? Entry.Hidden : Entry.Missing;
            }

            if (status.IsCharacterDevice && status.DeviceNumber == 0)
            {
                return Entry.Hidden;
            }

            if (length < path.Count && !status.IsDirectory)
            {
                return Entry.Hidden;
            }
        }

        return Entry.There;
    }

    private bool IsOpaque(int index, string path)
    {
        using FileDescriptor directory = Files.OpenAt(Layer(index), path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        return IsYes(directory, "trusted.overlay.opaque") || IsYes(directory, "user.overlay.opaque");
    }

    private static bool IsYes(FileDescriptor directory, string attribute) => Files.GetAttribute(directory, attribute) is [(byte)'y', ..];

    private FileDescriptor Layer(int index) => _opened[index] ??= Files.Open(layers[index], O_PATH | O_DIRECTORY);

    private static string Join(List<string> parts) => string.Join('/', parts);

    private static string[] Parts(string path) => [.. path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".")];

    private enum Entry
    {
        Missing,
        There,
        Hidden,
    }
}
