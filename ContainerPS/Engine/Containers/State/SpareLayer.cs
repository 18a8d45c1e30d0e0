using ContainerPS.Engine.Common;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Linux.Posix;

namespace ContainerPS.Engine.Containers.State;

/// <summary>A writable layer that no container has yet: its directory with `upper` and `work`, locked, and the overlay over them.</summary>
internal sealed class SpareLayer(
    string path,
    FileLock held,
    FileDescriptor root,
    IReadOnlyList<string> lowers,
    IReadOnlyList<(ulong, ulong, long)> identity
) : IDisposable
{
    /// <summary>The overlay, mounted nowhere.</summary>
    public FileDescriptor Root => root;

    /// <summary>
    /// Each layer's directory: one that was removed and unpacked again lies at the same path, and the overlay still shows the removed one.
    /// </summary>
    public static IReadOnlyList<(ulong Device, ulong Inode, long Changed)> IdentityOf(IReadOnlyList<string> lowers) =>
        [.. lowers.Select(lower => Files.Status(lower)).Select(status => (status.DeviceId, status.Inode, status.ChangedNanoseconds))];

    public bool IsOf(IReadOnlyList<string> others) => lowers.SequenceEqual(others) && IdentityOf(others).SequenceEqual(identity);

    /// <summary>Becomes the directory of a container; false, and this one is gone, when it cannot.</summary>
    public bool TryMoveTo(string directory)
    {
        if (IsRenamed(directory))
        {
            return true;
        }

        Delete();
        return false;
    }

    // `containers` may be a file system of its own.
    private bool IsRenamed(string directory)
    {
        try
        {
            return Files.TryRename(path, directory);
        }
        catch (LinuxException failure) when (failure.Errno == EXDEV)
        {
            return false;
        }
    }

    /// <summary>Nobody wants it.</summary>
    public void Delete()
    {
        root.Dispose();
        TreeRemover.Delete(path);
        held.Dispose();
    }

    /// <summary>The container has its root now; here it is let go of.</summary>
    public void Dispose()
    {
        root.Dispose();
        held.Dispose();
    }
}
