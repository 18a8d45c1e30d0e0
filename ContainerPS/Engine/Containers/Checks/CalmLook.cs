using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.Checks;

/// <summary>
/// Looks at a container so that what another process is just doing with it is no problem: what looks wrong is looked at a second time,
/// under the lock. A container whose lock is held is in motion, and is not judged.
/// </summary>
internal sealed class CalmLook(ContainerStore store)
{
    /// <summary>What <paramref name="look"/> finds while nobody works on the container.</summary>
    public IReadOnlyList<StorageProblem> At(string id, Func<IEnumerable<StorageProblem>> look)
    {
        // Nearly always nothing, and then no lock is taken.
        if (!look().Any())
        {
            return [];
        }

        string file = store.PathsOf(id).Lock;
        var before = FileStamp.Of(file);
        using FileLock? held = store.TryLock(id);
        if (held is null)
        {
            return [];
        }

        IReadOnlyList<StorageProblem> found = [.. look()];
        // One that this look has made, be it that another's was deleted in between.
        if (!before.Exists || before != FileStamp.Of(file))
        {
            held.RemoveFile();
        }

        return found;
    }

    /// <summary>Does <paramref name="repair"/> under the lock, for which it waits.</summary>
    public void Repair(string id, Action<FileLock> repair)
    {
        using FileLock held = store.Lock(id, "Repairing");
        repair(held);
        // A removal has unlinked the file already: what lies there now would be another one's lock.
        if (!store.IsContainer(id) && Files.Status(held.Descriptor).Links > 0)
        {
            held.RemoveFile();
        }
    }
}
