using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.Checks;
using ContainerPS.Engine.Containers.LifeCycle;
using ContainerPS.Engine.Images;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine;

/// <summary>
/// The store as a whole: what is wrong with it, and its repair. Ordinary use: <see cref="Test"/>, then <see cref="Repair"/> with those of
/// the problems that shall be set right. Both may be called at any time, beside other processes that work on the store.
/// </summary>
public sealed class ContainerStorage
{
    private readonly StoreLocation _location;
    private readonly IReadOnlyList<IStorageChecker> _checkers;

    internal ContainerStorage(ContainerContext context, ContainerCollection containers, ImageStore images)
    {
        _location = context.Location;
        // In the order of the repair: containers first, because images keep what containers may need.
        _checkers =
        [
            new RecordChecker(context),
            new NameChecker(context, containers.Removal),
            new RunChecker(context, containers.Reconciling),
            new LeftOverChecker(context, containers.LeftOvers, containers.Removal),
            new CgroupChecker(context, containers.LeftOvers, containers.Reconciling, containers.Ends),
            new MountChecker(context.Location, () => MountTable.Read()),
            new ImageChecker(images),
        ];
    }

    internal IReadOnlyList<IStorageChecker> Checkers => _checkers;

    /// <summary>Finds what is wrong, and changes nothing. Empty when the store is whole, or there is none.</summary>
    /// <exception cref="ContainerPrivilegeException">The store belongs to another user.</exception>
    public IReadOnlyList<StorageProblem> Test(StorageTestOptions? options = null, CancellationToken cancellation = default) =>
        StoreFailure.Explain(
            "Checking the store",
            _location.Root,
            () => Look(_checkers, options ?? new StorageTestOptions(), cancellation)
        );

    /// <summary>
    /// Sets right what can be without the loss of anything that somebody may need. Looks at each thing again first, under its lock: what is
    /// well by then, or in use, stays as it is.
    /// </summary>
    /// <param name="problems">From <see cref="Test"/>.</param>
    /// <param name="cancellation">Ends it between two steps.</param>
    /// <returns>
    /// The same problems, in the order in which they were worked on: with <see cref="StorageProblem.Repaired"/> where nothing is wrong any
    /// more, else with <see cref="StorageProblem.Failure"/> where there is a reason beside the problem itself.
    /// </returns>
    public IReadOnlyList<StorageProblem> Repair(IReadOnlyCollection<StorageProblem> problems, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(problems);
        return StoreFailure.Explain(
            "Repairing the store",
            _location.Root,
            () =>
                _checkers
                    .SelectMany(checker =>
                        RepairBy(checker, [.. problems.Where(problem => checker.Kinds.Contains(problem.Kind))], cancellation)
                    )
                    .ToList()
        );
    }

    private List<StorageProblem> Look(IEnumerable<IStorageChecker> checkers, StorageTestOptions options, CancellationToken cancellation) =>
        Files.Exists(_location.Root) ? [.. checkers.SelectMany(checker => checker.Look(options, cancellation))] : [];

    private IEnumerable<StorageProblem> RepairBy(
        IStorageChecker checker,
        IReadOnlyList<StorageProblem> problems,
        CancellationToken cancellation
    )
    {
        List<StorageProblem> possible = [.. problems.Where(problem => problem.CanRepair)];
        IEnumerable<StorageProblem> others = problems.Where(problem => !problem.CanRepair);
        if (possible.Count == 0)
        {
            return others;
        }

        IReadOnlyList<StorageProblem> tried = checker.Repair(possible, cancellation);
        List<StorageProblem> left = Look([checker], new StorageTestOptions(), cancellation);
        return [.. tried.Select(problem => Judged(problem, left)), .. others];
    }

    // The second look has the newer words. A failure of what is well now was that somebody else was faster.
    private static StorageProblem Judged(StorageProblem problem, List<StorageProblem> left) =>
        left.Find(problem.IsSame) is { } still
            ? still with
            {
                Failure = problem.Failure,
            }
            : problem with
            {
                Repaired = true,
                Failure = null,
            };
}
