using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Engine.Containers.State;

/// <summary>
/// `trash/ID`: the files of removed containers. A removal takes a container's directory away by one rename, however much is in it; a thread
/// of its own deletes it (each directory costs ext4 a tenth of a millisecond where it discards freed blocks). What a killed process leaves here is
/// swept by the next one that changes something in the store.
/// </summary>
internal sealed class ContainerTrash(StoreLocation location)
{
    private const uint PrivateDirectory = 0x1c0;

    private readonly BackgroundWork _work = new("containerps trash");
    private readonly List<EngineException> _failures = [];

    /// <summary>Takes the directory of a container away at once; <see cref="Delete"/> its new place when the removal is complete.</summary>
    public string Take(ContainerPaths paths)
    {
        try
        {
            Files.Rename(paths.Directory, paths.Trash);
            return paths.Trash;
        }
        catch (LinuxException failure) when (failure.Errno == ENOENT && !FileStamp.Of(location.Trash).Exists)
        {
            // A store that an earlier version made.
            Files.TryMakeDirectoryAt(FileDescriptor.CurrentDirectory, location.Trash, PrivateDirectory);
            return Take(paths);
        }
        catch (LinuxException failure) when (failure.Errno == EXDEV)
        {
            // `containers` is a file system of its own. Without its record there is no container, and what is left of it is a left-over.
            Files.TryUnlink(paths.Record);
            return paths.Directory;
        }
    }

    /// <summary>Deletes a tree soon. When too many wait, now.</summary>
    public void Delete(string tree)
    {
        if (!_work.TryAdd(() => DeleteNow(tree))) DeleteNow(tree);
    }

    /// <summary>Looks for what others have left: calls back, from the worker's thread, with each id in the trash.</summary>
    public void Sweep(Action<string> finish)
    {
        // Nearly always there is nothing, and no thread is needed to see that.
        if (Ids() is { Count: > 0 } ids && !_work.TryAdd(() => SweepNow(ids, finish))) SweepNow(ids, finish);
    }

    /// <summary>Waits until all that was given is deleted, or has failed; false after the timeout.</summary>
    public bool Wait(TimeSpan timeout) => _work.Wait(timeout);

    /// <summary>What could not be deleted since this was last asked.</summary>
    public IReadOnlyList<EngineException> TakeFailures()
    {
        lock (_failures)
        {
            if (_failures.Count == 0) return [];
            EngineException[] failures = [.. _failures];
            _failures.Clear();
            return failures;
        }
    }

    private IReadOnlyList<string> Ids()
    {
        using var directory = Files.TryOpenAt(FileDescriptor.CurrentDirectory, location.Trash, O_RDONLY | O_DIRECTORY);
        return directory is null ? [] : [.. Files.ReadDirectory(directory).Select(entry => entry.Name).Where(name => name.Length == ContainerName.IdLength)];
    }

    private void SweepNow(IReadOnlyList<string> ids, Action<string> finish)
    {
        foreach (var id in ids) Try(id, () => finish(id));
    }

    private void DeleteNow(string tree) => Try(tree, () =>
    {
        // Not two at once: another process may be sweeping. Whoever has it tells what goes wrong.
        using var held = FileLock.TryAcquireDirectory(tree);
        if (held is not null) TreeRemover.Delete(tree);
    });

    // Nobody waits for what is done here: every failure is kept until somebody can be told.
    private void Try(string what, Action work)
    {
        try
        {
            work();
        }
        catch (Exception failure)
        {
            var told = new EngineException(
                ErrorIds.EngineFailure, EngineErrorKind.Failure, $"What is left of a removed container could not be deleted: {failure.Message}", what,
                "Later commands try it again.", failure);
            lock (_failures) _failures.Add(told);
        }
    }
}
