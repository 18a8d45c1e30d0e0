using System.Globalization;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.LifeCycle;
using ContainerPS.Engine.Containers.Limits;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.Checks;

/// <summary>
/// Cgroups of containers that do not run, and of containers that this store does not know. Another store may use the same cgroup parent, so
/// that an unknown cgroup is touched only when it is certainly nobody's: when its processes have the root file system of a container of
/// this store, or when it has no process and has had none for a while. An empty one is removed by rmdir, which the kernel refuses as soon
/// as there is a process.
/// </summary>
internal sealed class CgroupChecker(ContainerContext context, LeftOvers leftOvers, Reconciling reconciling, EndOfRun ends) : IStorageChecker
{
    private static readonly TimeSpan RemovalTimeout = TimeSpan.FromSeconds(5);

    private readonly CalmLook _calm = new(context.Store);

    public IReadOnlyList<StorageProblemKind> Kinds => [StorageProblemKind.LeakedCgroup];

    public IEnumerable<StorageProblem> Look(StorageTestOptions options, CancellationToken cancellation)
    {
        // Listed before the records are read: the cgroup of a container that is created meanwhile is not among them.
        string[] unknown = [.. Parents().SelectMany(GroupsBelow).Distinct()];
        var known = new HashSet<string>([.. context.Store.RecordedIds(), .. leftOvers.Find()], StringComparer.Ordinal);
        IEnumerable<string> paths = unknown
            .Where(path => !known.Contains(Path.GetFileName(path)))
            .Concat(context.Store.RecordedIds().Select(PathOf).OfType<string>());
        foreach (string path in paths)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_calm.At(Path.GetFileName(path), () => ProblemsOf(path)) is [var problem])
            {
                yield return problem;
            }
        }
    }

    public IReadOnlyList<StorageProblem> Repair(IReadOnlyList<StorageProblem> problems, CancellationToken cancellation) =>
        StorageRepair.Each(
            problems,
            problem =>
                _calm.Repair(
                    Path.GetFileName(problem.Target),
                    _ =>
                    {
                        if (ProblemsOf(problem.Target).Any(still => still.CanRepair))
                        {
                            Remove(problem.Target);
                        }
                    }
                ),
            cancellation
        );

    /// <summary>The parent of this engine, and those that containers were given.</summary>
    private IEnumerable<string> Parents() =>
        context
            .Store.RecordedIds()
            .Select(PathOf)
            .OfType<string>()
            .Select(path => Path.GetDirectoryName(path)!)
            .Append(context.Options.CgroupParent!.TrimEnd('/'))
            .Distinct();

    private IEnumerable<string> GroupsBelow(string parent) =>
        context.Cgroups.Hierarchies.SelectMany(hierarchy => ContainerPaths.IdsIn(hierarchy.PathOf(parent))).Select(id => $"{parent}/{id}");

    /// <summary>The cgroup of a container; null when it is gone, or its record does not say where it is.</summary>
    private string? PathOf(string id) =>
        context.Store.Open(id) is { View.Damage: null } container ? context.CgroupPathOf(container.View.Record) : null;

    private IEnumerable<StorageProblem> ProblemsOf(string path)
    {
        string id = Path.GetFileName(path);
        Cgroup cgroup = context.Cgroups.Open(path);
        if (!cgroup.Exists)
        {
            return [];
        }

        return context.Store.IsContainer(id) ? OfContainer(id, cgroup)
            : leftOvers.Find().Contains(id) ? []
            : OfNobody(cgroup);
    }

    private IEnumerable<StorageProblem> OfContainer(string id, Cgroup cgroup)
    {
        // The removal of one that is due takes its cgroup along.
        if (
            context.Store.Open(id) is not { View.Damage: null } container
            || container.View.Current.IsAlive
            || reconciling.NeedOf(container) is ReconciliationNeed.Removal
        )
        {
            yield break;
        }

        // Asked once more behind the state: a run that was alive a moment ago has taken its cgroup along before its end was told.
        if (!cgroup.Exists)
        {
            yield break;
        }

        int processes = cgroup.Processes().Count;
        // Without a recorded end the run directory was lost, maybe of a container that is well.
        bool hasEnded = container.View.Current.Exit is not null || processes == 0;
        yield return Leaked(
            cgroup,
            $"The container '{container.Name}' does not run, and its cgroup {cgroup} is still there{With(processes)}.",
            hasEnded
                ? "Repair-ContainerStorage ends the processes and removes it."
                : $"End it by removing or starting the container ({container.Name}): its run directory was lost while it ran.",
            canRepair: hasEnded
        );
    }

    private IEnumerable<StorageProblem> OfNobody(Cgroup cgroup)
    {
        IReadOnlyList<int> processes = cgroup.Processes();
        if (processes.Count > 0 ? !processes.Any(IsOfThisStore) : !IsOld(cgroup.Path))
        {
            yield break;
        }

        yield return Leaked(
            cgroup,
            $"No container is known whose cgroup is {cgroup}{With(processes.Count)}.",
            processes.Count > 0
                ? "Repair-ContainerStorage ends the processes, which run on layers of this store, and removes it."
                : "Repair-ContainerStorage removes it.",
            canRepair: true
        );
    }

    private static StorageProblem Leaked(Cgroup cgroup, string message, string remedy, bool canRepair) =>
        new(StorageProblemKind.LeakedCgroup, cgroup.Path, message, remedy, canRepair);

    private static string With(int processes) =>
        processes == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", with {processes} processes");

    private bool IsOld(string path) =>
        context
            .Cgroups.Hierarchies.Select(hierarchy => FileAge.Of(hierarchy.PathOf(path)))
            .OfType<TimeSpan>()
            .All(age => age >= context.Options.LeftOverAge);

    /// <summary>Whether its root file system is an overlay of this store's directories.</summary>
    private bool IsOfThisStore(int pid)
    {
        try
        {
            return MountTable
                .Read(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/mountinfo"), "overlay")
                .Where(mount => mount.MountPoint == "/")
                .SelectMany(mount => mount.SuperOptions.Split(','))
                .Any(option =>
                    option.StartsWith($"upperdir={context.Location.Containers}/", StringComparison.Ordinal)
                    || option.StartsWith($"lowerdir={context.Location.Layers}/", StringComparison.Ordinal)
                    || option.StartsWith($"lowerdir+={context.Location.Layers}/", StringComparison.Ordinal)
                );
        }
        catch (LinuxException gone) when (gone.Errno is Posix.ENOENT or Posix.ESRCH or Posix.EINVAL)
        {
            // It has ended meanwhile.
            return false;
        }
    }

    private void Remove(string path)
    {
        Cgroup cgroup = context.Cgroups.Open(path);
        if (cgroup.Processes().Count > 0)
        {
            ends.RemoveCgroup(path, path);
        }
        else
        {
            // Nothing is killed that comes into it meanwhile: then the kernel refuses.
            CgroupFailures.Translate(path, () => cgroup.Remove(RemovalTimeout));
        }
    }
}
