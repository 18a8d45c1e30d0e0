using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>Takes containers away that do not run; their locks are held.</summary>
internal sealed class Removal(ContainerContext context, EndOfRun ends)
{
    private const int RemovalsBetweenCleanings = 256;

    private int _removals;

    /// <summary>Set when a removal was left unfinished: the next change sweeps once more.</summary>
    public Action? Interrupted { get; set; }

    /// <summary>
    /// The directory with its record goes first, by a rename into the trash: from then on there is no container, and what a kill leaves of
    /// the rest is a left-over, which the trash tells of. Files and an empty cgroup go behind the caller's back.
    /// </summary>
    public void Complete(Container container, FileLock held)
    {
        ContainerRecord record = container.View.KnownRecord;
        ContainerPaths paths = container.View.Paths;
        if (container.View.Exit is { } exit)
        {
            KeepExit(container, exit);
        }

        ends.EndLost(container);
        try
        {
            ContainerTrash.Take(paths);
            context.Store.ReleaseName(record.Name, paths.Id);
            // Processes are ended before anybody is told that the container is gone.
            if (!EndOfRun.OwnsPids(record))
            {
                ends.RemoveCgroup(record.CgroupPath, record.Name);
            }
        }
        catch
        {
            Interrupted?.Invoke();
            throw;
        }

        context.Events.Record(record, EventActions.Destroy);
        held.RemoveFile();
        context.Trash.Delete(paths, before: () => ends.RemoveCgroup(record.CgroupPath, record.Name));
        if (Interlocked.Increment(ref _removals) % RemovalsBetweenCleanings == 0)
        {
            ExitRecords.DropOld(context.KeptExits);
        }
    }

    // Kept for those who wait for the end in another process: less than the room that a removal makes.
    private void KeepExit(Container container, RunExit exit)
    {
        try
        {
            ExitRecords.KeepOfRemoved(container.View.Paths, exit);
        }
        catch (LinuxException failure)
        {
            context.Warnings.Enqueue($"The end of the removed container {container.Name} could not be kept: {failure.Message}.");
        }
    }

    /// <summary>
    /// Removes what a killed create or remove has left of an id; false when it is a container, or somebody works on it.
    /// </summary>
    public bool TryRemoveLeftOver(string id) => TryRemoveLeftOver(id, context.Trash);

    /// <summary>The same, with the files deleted when it returns.</summary>
    public bool TryRemoveLeftOverNow(string id) => TryRemoveLeftOver(id, trash: null);

    /// <summary>The same under the lock; false when it is a container.</summary>
    public bool RemoveLeftOverNow(string id, FileLock held) => RemoveLeftOver(id, held, trash: null);

    private bool TryRemoveLeftOver(string id, ContainerTrash? trash)
    {
        if (context.Store.IsContainer(id))
        {
            return false;
        }

        using FileLock? held = context.Store.TryLock(id);
        return held is not null && RemoveLeftOver(id, held, trash);
    }

    private bool RemoveLeftOver(string id, FileLock held, ContainerTrash? trash)
    {
        if (context.Store.IsContainer(id))
        {
            return false;
        }

        // A removal leaves the record with the rest in the trash; a create that was killed had not written one, nor made a cgroup.
        ContainerPaths paths = context.Store.PathsOf(id);
        ContainerRecord? record = paths
            .RemovedRecords.Select(path => ContainerDocuments.TryReadRecord(path, id))
            .FirstOrDefault(found => found is not null);
        if (record is not null)
        {
            // A removal that is complete but for its files has written it.
            context.Events.Destroyed(record);
        }

        TakeAll(paths, record is null ? context.UsualCgroupPathOf(id) : context.CgroupPathOf(record), held, trash);
        return true;
    }

    /// <summary>Removes a container whose record cannot be read, with its processes; false when somebody works on it.</summary>
    public bool TryRemoveUnreadable(Container container)
    {
        using FileLock? held = context.Store.TryLock(container.Id);
        if (held is null)
        {
            return false;
        }

        TakeAll(container.View.Paths, context.CgroupPathOf(container.View.Record), held, context.Trash);
        context.Events.Record(container.View.Record, EventActions.Destroy);
        return true;
    }

    /// <param name="paths">Of the container.</param>
    /// <param name="cgroup">Its path.</param>
    /// <param name="held">Its lock.</param>
    /// <param name="trash">Deletes its files later; null deletes them now.</param>
    private void TakeAll(ContainerPaths paths, string cgroup, FileLock held, ContainerTrash? trash)
    {
        string id = paths.Id;
        foreach ((string name, string _) in context.Store.ReservedNames().Where(pair => pair.Id == id))
        {
            context.Store.ReleaseName(name, id);
        }

        ends.RemoveCgroup(cgroup, id);
        ContainerTrash.Take(paths);
        held.RemoveFile();
        if (trash is null)
        {
            ContainerTrash.DeleteNow(paths);
        }
        else
        {
            trash.Delete(paths);
        }
    }
}
