using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.LifeCycle;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.Checks;

/// <summary>
/// What killed processes have left of containers that are not there: directories, spare layers, lock files, recorded ends.
/// </summary>
internal sealed class LeftOverChecker(ContainerContext context, LeftOvers leftOvers, Removal removal) : IStorageChecker
{
    /// <summary>Who changes a store drops them: only in a store that nobody has changed for so long they are worth a word.</summary>
    private static readonly TimeSpan ExitPatience = TimeSpan.FromDays(1);

    private readonly CalmLook _calm = new(context.Store);

    public IReadOnlyList<StorageProblemKind> Kinds =>
        [
            StorageProblemKind.UnfinishedContainer,
            StorageProblemKind.LeakedRunDirectory,
            StorageProblemKind.UnfinishedRemoval,
            StorageProblemKind.LeakedSpare,
            StorageProblemKind.LeakedLock,
            StorageProblemKind.ExpiredExit,
        ];

    public IEnumerable<StorageProblem> Look(StorageTestOptions options, CancellationToken cancellation)
    {
        foreach (string id in leftOvers.Find())
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (StorageProblem problem in _calm.At(id, () => DirectoriesOf(id)))
            {
                yield return problem;
            }
        }

        foreach (StorageProblem problem in Spares().Concat(LockFiles()))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return problem;
        }

        if (ExitRecords.Expired(context.KeptExits, ExitPatience) is { Count: > 0 } expired)
        {
            yield return new StorageProblem(
                StorageProblemKind.ExpiredExit,
                context.KeptExits,
                $"The ends of {expired.Count} removed containers are still recorded; they were to be kept for an hour.",
                "Repair-ContainerStorage deletes the records.",
                CanRepair: true
            );
        }
    }

    public IReadOnlyList<StorageProblem> Repair(IReadOnlyList<StorageProblem> problems, CancellationToken cancellation) =>
        StorageRepair.Each(problems, Clear, cancellation);

    private IEnumerable<StorageProblem> DirectoriesOf(string id)
    {
        ContainerPaths paths = context.Store.PathsOf(id);
        if (!context.Store.IsContainer(id))
        {
            if (Files.Exists(paths.Directory))
            {
                yield return LeftOver(
                    StorageProblemKind.UnfinishedContainer,
                    paths.Directory,
                    $"The directory '{paths.Directory}' is of a container that was never finished, or has lost its record."
                );
            }

            if (Files.Exists(paths.RunDirectory))
            {
                yield return LeftOver(
                    StorageProblemKind.LeakedRunDirectory,
                    paths.RunDirectory,
                    $"The run directory '{paths.RunDirectory}' is of a container that is not there."
                );
            }
        }

        foreach (string trash in new[] { paths.Trash, paths.RunTrash }.Where(IsAbandoned))
        {
            yield return LeftOver(
                StorageProblemKind.UnfinishedRemoval,
                trash,
                $"The files of a removed container have not been deleted: '{trash}'."
            );
        }
    }

    private IEnumerable<StorageProblem> Spares() =>
        context
            .Spares.Ids()
            .Select(id => $"{context.Spares.Directory}/{id}")
            .Where(IsAbandoned)
            .Select(path =>
                LeftOver(StorageProblemKind.LeakedSpare, path, $"The process that made '{path}' ready for its next container has died.")
            );

    private IEnumerable<StorageProblem> LockFiles()
    {
        foreach (string id in context.Store.LockIds())
        {
            foreach (StorageProblem problem in _calm.At(id, () => LockOf(id)))
            {
                yield return problem;
            }
        }
    }

    private IEnumerable<StorageProblem> LockOf(string id)
    {
        string file = context.Store.PathsOf(id).Lock;
        if (!context.Store.IsContainer(id) && IsOld(file))
        {
            yield return LeftOver(StorageProblemKind.LeakedLock, file, $"The lock file '{file}' is of a container that is not there.");
        }
    }

    private static StorageProblem LeftOver(StorageProblemKind kind, string path, string message) =>
        new(kind, path, message, "Repair-ContainerStorage deletes it.", CanRepair: true);

    /// <summary>Neither held by a process that deletes or uses it, nor so young that one may be about to.</summary>
    private bool IsAbandoned(string directory) => IsOld(directory) && !FileLock.IsHeld(directory);

    // A rename sets the time of change.
    private bool IsOld(string path) => FileAge.Of(path) is { } age && age >= context.Options.LeftOverAge;

    private void Clear(StorageProblem problem)
    {
        switch (problem.Kind)
        {
            case StorageProblemKind.LeakedSpare:
                context.Spares.Sweep(Path.GetFileName(problem.Target));
                break;
            case StorageProblemKind.ExpiredExit:
                ExitRecords.DropOld(problem.Target);
                break;
            case StorageProblemKind.LeakedLock:
                // Whoever lets go of the lock of what is not there deletes its file.
                _calm.Repair(Path.GetFileNameWithoutExtension(problem.Target), _ => { });
                break;
            default:
                string id = Path.GetFileName(problem.Target);
                _calm.Repair(id, held => ClearDirectories(id, held));
                break;
        }
    }

    private void ClearDirectories(string id, FileLock held)
    {
        if (!removal.RemoveLeftOverNow(id, held))
        {
            // An id is never used twice, but what lies in the trash under the id of a container is no part of it.
            ContainerTrash.DeleteNow(context.Store.PathsOf(id));
        }
    }
}
