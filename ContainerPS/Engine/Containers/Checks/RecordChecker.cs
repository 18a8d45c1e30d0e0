using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.LifeCycle;
using ContainerPS.Engine.Layers;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.Checks;

/// <summary>Records that cannot be read, and directories that they rely on. Layers are the images' to check.</summary>
internal sealed class RecordChecker(ContainerContext context) : IStorageChecker
{
    private readonly CalmLook _calm = new(context.Store);
    private readonly string _initLayer = LayerStore.InitDirectoryOf(context.Location);

    public IReadOnlyList<StorageProblemKind> Kinds => [StorageProblemKind.DeadContainer, StorageProblemKind.MissingDirectory];

    public IEnumerable<StorageProblem> Look(StorageTestOptions options, CancellationToken cancellation) =>
        // Several containers may miss the same directory.
        Problems(cancellation).DistinctBy(problem => (problem.Kind, problem.Target));

    private IEnumerable<StorageProblem> Problems(CancellationToken cancellation)
    {
        foreach (string id in context.Store.RecordedIds())
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (StorageProblem problem in _calm.At(id, () => ProblemsOf(id)))
            {
                yield return problem;
            }
        }
    }

    public IReadOnlyList<StorageProblem> Repair(IReadOnlyList<StorageProblem> problems, CancellationToken cancellation) =>
        StorageRepair.Each(problems, MakeAnew, cancellation);

    private IEnumerable<StorageProblem> ProblemsOf(string id)
    {
        if (context.Store.Open(id) is not { } container)
        {
            yield break;
        }

        if (container.View.Damage is { } damage)
        {
            yield return new StorageProblem(
                StorageProblemKind.DeadContainer,
                id,
                $"The container '{container.Name}' is dead. {damage}",
                $"Remove it by force (Remove-Container {container.Name} -Force), or use the version that wrote it.",
                CanRepair: false
            );
            yield break;
        }

        foreach (StorageProblem problem in MissingOf(container))
        {
            yield return problem;
        }
    }

    private IEnumerable<StorageProblem> MissingOf(Container container)
    {
        string way = $"remove the container (Remove-Container {container.Name} -Force)";
        if (!Files.Exists(container.View.Paths.Upper))
        {
            yield return Missing(
                container,
                container.View.Paths.Upper,
                "what it has written is lost",
                $"Bring the directory back from a copy, or {way}.",
                canRepair: false
            );
        }

        if (!Files.Exists(container.View.Paths.Work))
        {
            bool isAlive = container.View.Current.IsAlive;
            yield return Missing(
                container,
                container.View.Paths.Work,
                "it cannot be started",
                isAlive
                    ? "Stop the container; Repair-ContainerStorage then makes the directory."
                    : "Repair-ContainerStorage makes the directory, which was empty.",
                canRepair: !isAlive
            );
        }

        foreach (string lower in container.View.KnownRecord.RootFs.LowerDirs.Where(lower => IsOurs(lower) && !Files.Exists(lower)))
        {
            bool isInit = lower == _initLayer;
            yield return Missing(
                container,
                lower,
                "it cannot be started",
                isInit ? "Repair-ContainerStorage makes it again." : $"Bring the directory back, or {way}.",
                canRepair: isInit
            );
        }
    }

    // Layers of images are theirs to check.
    private bool IsOurs(string lower) => lower == _initLayer || !lower.StartsWith(context.Location.Layers + "/", StringComparison.Ordinal);

    private static StorageProblem Missing(Container container, string directory, string consequence, string remedy, bool canRepair) =>
        new(
            StorageProblemKind.MissingDirectory,
            directory,
            $"The directory '{directory}' of the container '{container.Name}' is not there: {consequence}.",
            remedy,
            canRepair
        );

    private void MakeAnew(StorageProblem problem)
    {
        if (problem.Target == _initLayer)
        {
            new LayerStore(context.Location).EnsureInitLayer();
            return;
        }

        string id = Path.GetFileName(Path.GetDirectoryName(problem.Target))!;
        _calm.Repair(
            id,
            _ =>
            {
                if (ProblemsOf(id).Any(still => still.CanRepair && still.IsSame(problem)))
                {
                    Files.MakeDirectory(problem.Target, Modes.Mode0700);
                }
            }
        );
    }
}
