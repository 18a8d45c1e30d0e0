using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.LifeCycle;
using ContainerPS.Engine.Containers.State;

namespace ContainerPS.Engine.Containers.Checks;

/// <summary>Runs that nobody looks after: the monitor has died, or nobody has removed a container that removes itself.</summary>
internal sealed class RunChecker(ContainerContext context, Reconciling reconciling) : IStorageChecker
{
    private readonly CalmLook _calm = new(context.Store);

    public IReadOnlyList<StorageProblemKind> Kinds => [StorageProblemKind.DeadMonitor, StorageProblemKind.OverdueRemoval];

    public IEnumerable<StorageProblem> Look(StorageTestOptions options, CancellationToken cancellation)
    {
        foreach (string id in context.Store.RecordedIds())
        {
            cancellation.ThrowIfCancellationRequested();
            if (_calm.At(id, () => ProblemsOf(id)) is [var problem])
            {
                yield return problem;
            }
        }
    }

    public IReadOnlyList<StorageProblem> Repair(IReadOnlyList<StorageProblem> problems, CancellationToken cancellation) =>
        StorageRepair.Each(
            problems,
            problem =>
            {
                if (context.Store.Open(problem.Target) is { } container)
                {
                    reconciling.Reconcile(container, "Repairing", cancellation);
                }
            },
            cancellation
        );

    private IEnumerable<StorageProblem> ProblemsOf(string id)
    {
        if (context.Store.Open(id) is not { } container)
        {
            yield break;
        }

        ReconciliationNeed need = reconciling.NeedOf(container);
        if (need is ReconciliationNeed.Monitor)
        {
            yield return new StorageProblem(
                StorageProblemKind.DeadMonitor,
                id,
                $"The monitor of the container '{container.Name}' has died, and its output and its end are not recorded.",
                "Repair-ContainerStorage gives it another one, or records its end.",
                CanRepair: true
            );
        }
        else if (need is ReconciliationNeed.Removal && IsOverdue(container))
        {
            yield return new StorageProblem(
                StorageProblemKind.OverdueRemoval,
                id,
                $"The container '{container.Name}' should have been removed when it ended.",
                "Repair-ContainerStorage removes it.",
                CanRepair: true
            );
        }
    }

    // Its monitor, or its starter, may be about to remove it. A start that was killed has neither.
    private bool IsOverdue(Container container) =>
        container.View is { Current.IsAlive: false, Exit: var exit }
        && (exit is null || exit.At < DateTimeOffset.UtcNow - context.Options.LeftOverAge);
}
