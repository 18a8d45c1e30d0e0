using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Linux.Posix;

namespace ContainerPS.Engine.Containers.State;

/// <summary>
/// `trash/ID`: the files of removed containers. A removal takes a container's directories away by a rename each, however much is in them; a
/// thread of its own deletes them (each directory costs ext4 a tenth of a millisecond where it discards freed blocks). What a killed
/// process leaves here is swept by the next one that changes something in the store.
/// </summary>
internal sealed class ContainerTrash
{
    private readonly StoreLocation _location;
    private readonly BackgroundWork _work;
    private readonly List<EngineException> _failures = [];

    // Ids that are this process's to delete, or that it has failed at. It is its own lock.
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public ContainerTrash(StoreLocation location)
    {
        _location = location;
        _work = new BackgroundWork("containerps trash", failure => Keep(location.Trash, failure));
    }

    /// <summary>Done on the thread that deletes, after each deletion.</summary>
    public Action? Deleted { get; set; }

    /// <summary>
    /// Takes a container away at once: first the directory that has its record. <see cref="Delete"/> it when the removal is complete.
    /// </summary>
    public static void Take(ContainerPaths paths)
    {
        if (paths.IsVolatile)
        {
            TakeDirectory(paths.RunDirectory, paths.RunTrash);
        }

        TakeDirectory(paths.Directory, paths.Trash);
        if (!paths.IsVolatile)
        {
            TakeDirectory(paths.RunDirectory, paths.RunTrash);
        }
    }

    /// <summary>Deletes what was taken, soon. When too much waits, now.</summary>
    /// <param name="paths">Of the container.</param>
    /// <param name="before">Done before; when it fails, the files stay: the next sweep finds by them what is to be done.</param>
    public void Delete(ContainerPaths paths, Action? before = null)
    {
        Learn([paths.Id]);
        if (!_work.TryAdd(() => DeleteAndKeepFailure(paths, before)))
        {
            DeleteAndKeepFailure(paths, before);
        }
    }

    /// <summary>Works on what others have left, on the thread that deletes.</summary>
    /// <param name="ids">Nearly always none, and no thread is needed for that.</param>
    /// <param name="finish">Completes the removal of an id.</param>
    /// <param name="done">Is called after the last one.</param>
    public void Sweep(IReadOnlyList<string> ids, Action<string> finish, Action? done = null)
    {
        if (ids.Count == 0)
        {
            done?.Invoke();
        }
        else if (!_work.TryAdd(() => SweepNow(ids, finish, done)))
        {
            SweepNow(ids, finish, done);
        }
    }

    /// <summary>
    /// Works on what others have left, here and now. Leaves out what this process is to delete, and what it has failed at: that is told of
    /// once.
    /// </summary>
    public void SweepOthers(IReadOnlyList<string> ids, Action<string> finish)
    {
        foreach (string id in Learn(ids))
        {
            Try(
                id,
                () =>
                {
                    finish(id);
                    // Another process may have been at it: when that one is killed, a later sweep takes it.
                    Forget(id);
                }
            );
        }
    }

    /// <summary>Waits until all that was given is deleted, or has failed; false after the timeout.</summary>
    public bool Wait(TimeSpan timeout) => _work.Wait(timeout);

    /// <summary>What could not be deleted since this was last asked.</summary>
    public IReadOnlyList<EngineException> TakeFailures()
    {
        lock (_failures)
        {
            if (_failures.Count == 0)
            {
                return [];
            }

            EngineException[] failures = [.. _failures];
            _failures.Clear();
            return failures;
        }
    }

    /// <summary>Of the removals that are not complete yet, also those that others are at.</summary>
    public IReadOnlyList<string> Ids() => [.. ContainerPaths.IdsIn(_location.Trash).Union(ContainerPaths.IdsIn(_location.RunTrash))];

    private static void TakeDirectory(string directory, string trash)
    {
        try
        {
            Files.TryRename(directory, trash);
        }
        catch (LinuxException failure) when (failure.Errno == EXDEV || StoreFailure.IsFullDisk(failure.Errno))
        {
            // `containers` is a file system of its own, or there is no room for a name in the trash.
            DeleteInPlace(directory);
        }
    }

    /// <summary>
    /// The record is renamed first: from then on there is no container, and what a kill leaves is known for a left-over by that name, which
    /// goes last.
    /// </summary>
    private static void DeleteInPlace(string directory)
    {
        // Of two file systems the kernel says so before it looks whether there is anything.
        if (!Files.TryStatusAt(FileDescriptor.CurrentDirectory, directory, out FileStatus status))
        {
            return;
        }

        if (status.IsDirectory)
        {
            DeleteButTheRecord(directory);
        }

        TreeRemover.Delete(directory);
    }

    private static void DeleteButTheRecord(string directory)
    {
        Files.TryRename(directory + "/container.json", $"{directory}/{RunTraces.RemovedRecord}");
        foreach (DirectoryEntry entry in Files.ReadDirectory(directory).Where(entry => entry.Name != RunTraces.RemovedRecord))
        {
            TreeRemover.Delete($"{directory}/{entry.Name}");
        }
    }

    private void SweepNow(IReadOnlyList<string> ids, Action<string> finish, Action? done)
    {
        foreach (string id in ids)
        {
            Try(id, () => finish(id));
        }

        if (done is not null)
        {
            Try(_location.Trash, done);
        }
    }

    /// <summary>Deletes what was taken, here and now. Not two at once: what another process is deleting is left to it.</summary>
    public static void DeleteNow(ContainerPaths paths)
    {
        TreeRemover.DeleteIfFree(paths.Trash);
        TreeRemover.DeleteIfFree(paths.RunTrash);
    }

    // What another process has is told of by that process when it goes wrong.
    private void DeleteAndKeepFailure(ContainerPaths paths, Action? before)
    {
        Try(
            paths.Trash,
            () =>
            {
                before?.Invoke();
                DeleteNow(paths);
                Forget(paths.Id);
            }
        );
        Try(_location.Trash, () => Deleted?.Invoke());
    }

    /// <summary>Those that were not known.</summary>
    private List<string> Learn(IEnumerable<string> ids)
    {
        lock (_known)
        {
            return [.. ids.Where(_known.Add)];
        }
    }

    private void Forget(string id)
    {
        lock (_known)
        {
            _known.Remove(id);
        }
    }

    // Nobody waits for what is done here: every failure is kept until somebody can be told.
    private void Try(string what, Action work)
    {
        try
        {
            work();
        }
        catch (Exception failure)
        {
            Keep(what, failure);
        }
    }

    private void Keep(string what, Exception failure)
    {
        var told = new EngineException(
            ErrorIds.EngineFailure,
            EngineErrorKind.Failure,
            $"What is left of a removed container could not be deleted: {failure.Message}",
            what,
            "Later commands try it again.",
            failure
        );
        lock (_failures)
        {
            _failures.Add(told);
        }
    }
}
