using System.Diagnostics;
using ContainerPS.Engine.Common;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Layers;

/// <summary>
/// <c>layers/trash</c>: layers and blobs that were taken out of the store, by a rename each, until their files are deleted. That takes
/// seconds for a large layer and happens on a thread of its own, outside of every lock: a create must not wait for it. What a killed
/// process left here is deleted by the next one that changes something in the store.
/// </summary>
internal static class StoreTrash
{
    private const int KeptFailures = 16;

    // The work keeps what it meets for its own store; nothing is left for the thread to report.
    private static readonly BackgroundWork Work = new("containerps layers", failure => Debug.WriteLine(failure));
    private static readonly List<(string Trash, EngineException Failure)> Failures = [];

    public static string DirectoryOf(StoreLocation store) => Path.Combine(store.Layers, "trash");

    /// <summary>Makes the directory, before an operation begins to change something.</summary>
    public static void Ensure(StoreLocation store) => Files.MakeDirectories(DirectoryOf(store), Modes.Mode0700);

    /// <summary>Takes a file or tree out of the store; one that is not there is no error. <see cref="Empty"/> deletes it later.</summary>
    public static void Take(StoreLocation store, string path)
    {
        try
        {
            Ensure(store);
            Files.TryRename(path, Path.Combine(DirectoryOf(store), Path.GetRandomFileName()));
        }
        catch (LinuxException failure) when (failure.Errno is Posix.EXDEV or Posix.ENOSPC or Posix.EDQUOT)
        {
            // `oci` or `tmp` is a file system of its own, or the disk has no room for a name: it must be deleted where it is.
            TreeRemover.Delete(path);
        }
    }

    /// <summary>Has everything in the trash deleted soon. Called without a lock.</summary>
    public static void Empty(StoreLocation store)
    {
        if (Entries(store).Count > 0)
        {
            // When too much is waiting, each of what waits empties a whole trash, and the next command begins again.
            _ = Work.TryAdd(() => EmptyNow(store));
        }
    }

    /// <summary>Waits until nothing is being deleted any more; false after the timeout.</summary>
    public static bool Wait(TimeSpan timeout) => Work.Wait(timeout);

    /// <summary>What could not be deleted since this was last asked.</summary>
    public static IReadOnlyList<EngineException> TakeFailures(StoreLocation store)
    {
        lock (Failures)
        {
            EngineException[] found = [.. Failures.Where(item => item.Trash == DirectoryOf(store)).Select(item => item.Failure)];
            Failures.RemoveAll(item => item.Trash == DirectoryOf(store));
            return found;
        }
    }

    /// <summary>Paths of what is waiting to be deleted.</summary>
    public static IReadOnlyList<string> Entries(StoreLocation store)
    {
        using FileDescriptor? trash = Files.TryOpenAt(
            FileDescriptor.CurrentDirectory,
            DirectoryOf(store),
            Posix.O_RDONLY | Posix.O_DIRECTORY
        );
        return trash is null ? [] : [.. Files.ReadDirectory(trash).Select(entry => Path.Combine(DirectoryOf(store), entry.Name))];
    }

    /// <summary>Deletes one entry, unless another process is deleting it.</summary>
    public static void Delete(string path)
    {
        if (!Files.TryStatusAt(FileDescriptor.CurrentDirectory, path, out FileStatus status))
        {
            return;
        }

        if (status.IsDirectory)
        {
            TreeRemover.DeleteIfFree(path);
        }
        else
        {
            Files.TryUnlink(path);
        }
    }

    /// <summary>For tests: work that the thread does before it deletes anything that is given to it later.</summary>
    internal static bool TryHoldUp(Action work) => Work.TryAdd(work);

    // Nobody waits for what is done here: every failure is kept until somebody can be told.
    private static void EmptyNow(StoreLocation store)
    {
        try
        {
            foreach (string path in Entries(store))
            {
                Try(store, path, () => Delete(path));
            }
        }
        catch (Exception failure)
        {
            Keep(store, DirectoryOf(store), failure);
        }
    }

    private static void Try(StoreLocation store, string path, Action work)
    {
        try
        {
            work();
        }
        catch (Exception failure)
        {
            Keep(store, path, failure);
        }
    }

    private static void Keep(StoreLocation store, string path, Exception failure)
    {
        var kept = new EngineException(
            ErrorIds.EngineFailure,
            EngineErrorKind.Failure,
            $"What was removed from the image store could not be deleted: {failure.Message}",
            path,
            "Later commands try it again.",
            failure
        );
        lock (Failures)
        {
            if (Failures.Count < KeptFailures)
            {
                Failures.Add((DirectoryOf(store), kept));
            }
        }
    }
}
