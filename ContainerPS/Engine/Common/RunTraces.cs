using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Common;

/// <summary>
/// Traces in the directories of a container without a record (container.json) that only a run can have left. A create that was killed left
/// none of them. A removal that was killed left them in the trash, or beside <see cref="RemovedRecord"/>.
/// </summary>
/// <remarks>
/// A container that removes itself has its record, and hosts and resolv.conf beside it, in the run root. After a restart of the host its
/// writable layer and its log are there alone: they are no trace.
/// </remarks>
internal static class RunTraces
{
    /// <summary>
    /// What a removal makes of the record where it cannot rename the directory into the trash: the rest is deleted in place, and this last.
    /// </summary>
    public const string RemovedRecord = "container.json.removed";

    private static readonly string[] BesideTheRecord = ["hosts", "hostname", "resolv.conf", "config.json"];

    /// <summary>
    /// The first trace, as a sentence; null where there is none. Right without the container's lock too: the signs of a removal are looked
    /// for first, and they are there until the traces are gone.
    /// </summary>
    public static string? Find(StoreLocation store, string id)
    {
        string directory = $"{store.Containers}/{id}";
        string run = $"{store.RunRoot}/containers/{id}";
        if (IsBeingRemoved(store, id, directory, run))
        {
            return null;
        }

        return Exists(directory + "/start") ? "It has been started."
            : Exists(directory + "/exits") ? "The end of a run of it is recorded."
            : HeldTheRecord(directory) && HasContent(directory + "/container.log") ? "It has a log."
            : HeldTheRecord(directory) && HasEntries(directory + "/upper") ? "It has written files."
            : FileLock.IsHeld(run + "/monitor.lock") ? "Its monitor is at work."
            : null;
    }

    /// <summary>Whether a removal has begun: then what is left is a left-over.</summary>
    public static bool IsBeingRemoved(StoreLocation store, string id) =>
        IsBeingRemoved(store, id, $"{store.Containers}/{id}", $"{store.RunRoot}/containers/{id}");

    private static bool IsBeingRemoved(StoreLocation store, string id, string directory, string run) =>
        Exists($"{store.Trash}/{id}")
        || Exists($"{store.RunRoot}/trash/{id}")
        || Exists($"{directory}/{RemovedRecord}")
        || Exists($"{run}/{RemovedRecord}");

    /// <summary>Whether the record of a container was in this directory.</summary>
    public static bool HeldTheRecord(string directory) => BesideTheRecord.Any(name => Exists($"{directory}/{name}"));

    private static bool HasContent(string path) =>
        Files.TryStatusAt(FileDescriptor.CurrentDirectory, path, out FileStatus status) && (!status.IsRegular || status.Size > 0);

    private static bool HasEntries(string path)
    {
        using FileDescriptor? directory = Files.TryOpenAt(
            FileDescriptor.CurrentDirectory,
            path,
            Posix.O_RDONLY | Posix.O_DIRECTORY | Posix.O_NOFOLLOW
        );
        return directory is not null && Files.ReadDirectory(directory).Count > 0;
    }

    // The name itself: a symbolic link that leads nowhere is there.
    private static bool Exists(string path) => Files.Exists(path, followSymlink: false);
}
