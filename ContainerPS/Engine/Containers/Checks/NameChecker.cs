using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Engine.Containers.LifeCycle;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.Checks;

/// <summary>
/// The index of names, in both directions: a name leads to the container that has it, and a container is found by its name.
/// </summary>
internal sealed class NameChecker(ContainerContext context, Removal removal) : IStorageChecker
{
    private readonly CalmLook _calm = new(context.Store);

    public IReadOnlyList<StorageProblemKind> Kinds => [StorageProblemKind.LeakedName, StorageProblemKind.MissingName];

    public IEnumerable<StorageProblem> Look(StorageTestOptions options, CancellationToken cancellation)
    {
        foreach (string place in context.Store.NamePlaces)
        {
            foreach ((string name, string id) in ContainerStore.NamesIn(place))
            {
                cancellation.ThrowIfCancellationRequested();
                if (!ContainerName.IsId(id))
                {
                    // One that went, or came again, between the listing and the look at it is none of these.
                    if (IsStill($"{place}/{name}", id))
                    {
                        yield return LeadsNowhere($"{place}/{name}", isLink: id.Length > 0);
                    }
                }
                else if (_calm.At(id, () => ProblemsOfName($"{place}/{name}", name, id)) is [var problem])
                {
                    yield return problem;
                }
            }
        }

        foreach (string id in context.Store.RecordedIds())
        {
            cancellation.ThrowIfCancellationRequested();
            if (_calm.At(id, () => ProblemsOfContainer(id)) is [var problem])
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
                if (problem.Kind is StorageProblemKind.LeakedName)
                {
                    Release(problem);
                }
                else
                {
                    Reserve(problem.Target);
                }
            },
            cancellation
        );

    private static StorageProblem LeadsNowhere(string path, bool isLink) =>
        isLink
            ? new StorageProblem(
                StorageProblemKind.LeakedName,
                path,
                $"The name '{path}' leads to no container's id.",
                "Repair-ContainerStorage deletes the name.",
                CanRepair: true
            )
            : new StorageProblem(
                StorageProblemKind.LeakedName,
                path,
                $"'{path}' is no container's name: a name is a symbolic link.",
                "Move it away: no container can have that name while it is there.",
                CanRepair: false
            );

    private IEnumerable<StorageProblem> ProblemsOfName(string path, string name, string id)
    {
        // Given back, or taken by another one, since it was listed.
        if (!LeadsTo(path, id))
        {
            yield break;
        }

        Container? container = context.Store.Open(id);
        if (container is null)
        {
            yield return new StorageProblem(
                StorageProblemKind.LeakedName,
                path,
                $"The name '{name}' leads to the container {id[..12]}, which is not there.",
                "Repair-ContainerStorage gives the name back, with what else is left of that container.",
                CanRepair: true
            );
        }
        else if (container.View.Damage is null && container.Name != name)
        {
            yield return new StorageProblem(
                StorageProblemKind.LeakedName,
                path,
                $"The name '{name}' leads to the container {id[..12]}, whose name is '{container.Name}'.",
                "Repair-ContainerStorage gives the name back.",
                CanRepair: true
            );
        }
    }

    private IEnumerable<StorageProblem> ProblemsOfContainer(string id)
    {
        if (
            context.Store.Open(id) is not { View.Damage: null } container
            || context.Store.IdOfName(container.Name) is { } owner && owner == id
        )
        {
            yield break;
        }

        bool isFree = !context.Store.NamePlaces.Any(place => Files.Exists($"{place}/{container.Name}", followSymlink: false));
        yield return new StorageProblem(
            StorageProblemKind.MissingName,
            id,
            $"The container {id[..12]} is not found by its name '{container.Name}'"
                + (isFree ? "." : ": the name leads to something else."),
            isFree
                ? "Repair-ContainerStorage reserves the name for it again."
                : $"Remove one of the two (Remove-Container -Id {id[..12]}); a container is found by its id meanwhile.",
            CanRepair: isFree
        );
    }

    private void Release(StorageProblem problem)
    {
        string path = problem.Target;
        string name = Path.GetFileName(path);
        if (Files.TryReadLink(path) is not { } id)
        {
            return;
        }

        if (!ContainerName.IsId(id))
        {
            Files.TryUnlink(path);
            return;
        }

        _calm.Repair(
            id,
            held =>
            {
                if (ProblemsOfName(path, name, id).Any() && !removal.RemoveLeftOverNow(id, held))
                {
                    context.Store.ReleaseName(name, id);
                }
            }
        );
    }

    private void Reserve(string id) =>
        _calm.Repair(
            id,
            _ =>
            {
                if (ProblemsOfContainer(id).Any(problem => problem.CanRepair) && context.Store.Open(id) is { } container)
                {
                    context.Store.TryReserveName(container.Name, container.View.Paths);
                }
            }
        );

    private static bool LeadsTo(string path, string id) => Files.TryReadLink(path) == id;

    /// <param name="path">The entry.</param>
    /// <param name="target">What it was seen to lead to; empty for what is no link.</param>
    private static bool IsStill(string path, string target) =>
        target.Length > 0 ? LeadsTo(path, target) : ContainerStore.IsThereButNoName(path);
}
