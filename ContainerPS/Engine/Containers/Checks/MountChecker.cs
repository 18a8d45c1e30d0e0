using ContainerPS.Engine.Common;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.Checks;

/// <summary>
/// Mounts within the store, in the caller's mount namespace. The engine makes none there: each container's are in a namespace of its own.
/// So what is found is somebody else's, and hinders at most the deletion of what lies around it; it is never unmounted.
/// </summary>
/// <param name="location">The store.</param>
/// <param name="mounts">Reads the mounts of the caller's namespace.</param>
internal sealed class MountChecker(StoreLocation location, Func<IReadOnlyList<MountEntry>> mounts) : IStorageChecker
{
    public IReadOnlyList<StorageProblemKind> Kinds => [StorageProblemKind.StaleMount];

    public IEnumerable<StorageProblem> Look(StorageTestOptions options, CancellationToken cancellation)
    {
        // One of these may be a file system of its own; what is mounted further below is meant.
        string[] places =
        [
            .. new[]
            {
                location.Containers,
                location.Trash,
                location.Layers,
                location.Root + "/spare",
                location.RunRoot + "/containers",
                location.RunTrash,
            }.Select(Real),
        ];
        return mounts()
            .Where(mount => places.Any(place => mount.MountPoint.StartsWith(place + "/", StringComparison.Ordinal)))
            .Select(mount => new StorageProblem(
                StorageProblemKind.StaleMount,
                mount.MountPoint,
                $"A file system ({mount.FileSystem}) is mounted on '{mount.MountPoint}', within the store.",
                $"Unmount it (umount '{mount.MountPoint}'): what lies around it cannot be deleted before.",
                CanRepair: false
            ));
    }

    public IReadOnlyList<StorageProblem> Repair(IReadOnlyList<StorageProblem> problems, CancellationToken cancellation) => problems;

    // The kernel writes mount points without symbolic links.
    private static string Real(string path)
    {
        using FileDescriptor? directory = Files.TryOpenAt(FileDescriptor.CurrentDirectory, path, Posix.O_RDONLY | Posix.O_DIRECTORY);
        return directory?.Path ?? path;
    }
}
