using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Cgroups.V1;

/// <summary>
/// A group on v1 and hybrid hosts: a directory in each hierarchy. It is only made where it is needed, because each costs the start of
/// a container: <see cref="Ordinary"/> for accounting, freezing, killing and the usual limits, others when a limit asks for them.
/// </summary>
internal sealed class ControlGroup : Cgroup
{
    private static readonly string[] Ordinary = ["cpu", "cpuacct", "memory", "pids", "freezer", "devices", "blkio"];

    public ControlGroup(CgroupHost host, string path)
        : base(host, path)
    {
    }

    public override IReadOnlyList<string> JoinFiles =>
    [
        .. Host.Hierarchies
            .Select(hierarchy => (hierarchy, directory: hierarchy.Directory(Path)))
            .Where(pair => pair.directory is { Exists: true })
            .Select(pair => pair.directory!.PathOf(pair.hierarchy.IsUnified ? "cgroup.procs" : "tasks")),
    ];

    public override string? UnifiedDirectory => Host.Unified?.Directory(Path) is { Exists: true } directory ? directory.Path : null;

    public override (string File, string Key)? OomCounter =>
        Directory("memory") is { } memory ? (memory.PathOf("memory.oom_control"), "oom_kill") : null;

    public override bool IsFrozen => Freezer.IsFrozen(this);

    public override CgroupEffective ReadEffective() => Effective.Read(this);

    public override CgroupUsage ReadUsage() => Usage.Read(this);

    public override CgroupEvents ReadEvents() => Usage.ReadEvents(this);

    public override void Freeze(TimeSpan timeout) => Freezer.Freeze(this, timeout);

    public override void Thaw() => Freezer.Thaw(this);

    public override IReadOnlyList<int> Processes()
    {
        HashSet<int> pids = [];
        if (MainDirectory() is { } directory)
        {
            Collect(directory, "cgroup.procs", pids);
        }

        return [.. pids];
    }

    // Frozen processes cannot fork or exit, so one round reaches all of them; SIGKILL acts when they are thawed. Where the freezer is
    // missing or does not settle (a process in an uninterruptible call), rounds follow until nothing is left.
    public override void Kill()
    {
        for (int round = 0; round < 100 && Processes().Count > 0; round++)
        {
            Freezer.TryFreeze(this, TimeSpan.FromMilliseconds(round == 0 ? 200 : 0));
            SignalAll();
            Freezer.Thaw(this);
            Thread.Sleep(round == 0 ? 0 : 5);
        }
    }

    internal override CgroupDirectory? Directory(string controller) => Host.HierarchyOf(controller)?.Directory(Path);

    internal override bool IsIn(string controller) => Directory(controller) is { Exists: true } directory
        && (Host.HierarchyOf(controller) is { IsUnified: false } || V2.Delegation.Has(directory, controller));

    internal override IEnumerable<CgroupDirectory> Directories() =>
        Host.Hierarchies.Select(hierarchy => hierarchy.Directory(Path)).OfType<CgroupDirectory>();

    internal override void Create(IEnumerable<string>? controllers)
    {
        List<CgroupDirectory> made = [];
        try
        {
            foreach (CgroupHierarchy hierarchy in HierarchiesOf(controllers))
            {
                made.Add(Make(hierarchy));
            }

            _isNew = true;
        }
        catch
        {
            made.ForEach(directory => directory.TryRemove());
            throw;
        }
    }

    internal override CgroupDirectory Ensure(string controller)
    {
        CgroupHierarchy hierarchy = Host.HierarchyOf(controller) ?? throw Host.Missing(controller);
        if (hierarchy.Directory(Path) is { Exists: true } directory)
        {
            return directory;
        }

        IReadOnlyList<int> members = Processes();
        CgroupDirectory made = Make(hierarchy);
        Follow(made, members);
        return made;
    }

    private protected override void AddSettings(SettingList list, LinuxResources resources)
    {
        Cpu.Add(list, resources.Cpu);
        Cpuset.Add(list, resources.Cpu);
        Memory.Add(list, resources.Memory);
        Pids.Add(list, resources.Pids);
        Io.Add(list, resources.BlockIO);
        Hugetlb.Add(list, resources.HugepageLimits);
        Rdma.Add(list, resources.Rdma);
        Network.Add(list, resources.Network);
        Unified.Add(list, resources.Unified);
        Devices.Add(list, resources.Devices);
    }

    private IEnumerable<CgroupHierarchy> HierarchiesOf(IEnumerable<string>? controllers) => controllers is null
        ? Ordinary.Select(Host.HierarchyOf).OfType<CgroupHierarchy>().Where(hierarchy => !hierarchy.IsUnified).Distinct()
        : controllers.Select(controller => Host.HierarchyOf(controller) ?? throw Host.Missing(controller)).Distinct();

    private CgroupDirectory Make(CgroupHierarchy hierarchy)
    {
        try
        {
            CgroupDirectory directory = MakeIn(hierarchy);
            if (hierarchy.Controllers.Contains("cpuset", StringComparer.Ordinal) && !hierarchy.IsUnified)
            {
                Cpuset.Inherit(hierarchy, Path);
            }

            return directory;
        }
        catch (LinuxException failure)
        {
            throw CgroupException.FromWrite(hierarchy.Controllers[0], Path, hierarchy.PathOf(Path), "mkdir", failure);
        }
    }

    private CgroupDirectory MakeIn(CgroupHierarchy hierarchy)
    {
        CgroupDirectory directory = hierarchy.DirectoryInParent(Path);
        try
        {
            ThrowIfTaken(directory, directory.TryMake());
        }
        catch (LinuxException stale) when (stale.Errno == ENOENT)
        {
            hierarchy.Forget(Path);
            directory = hierarchy.DirectoryInParent(Path);
            ThrowIfTaken(directory, directory.TryMake());
        }

        if (hierarchy.IsUnified)
        {
            V2.Delegation.Enable(hierarchy, Path, hierarchy.Controllers);
        }

        return directory;
    }

    private void ThrowIfTaken(CgroupDirectory directory, bool made)
    {
        if (!made && directory.TryRead("cgroup.procs") is { Length: > 0 })
        {
            throw new CgroupException(
                CgroupErrorKind.Busy, $"The control group {directory.Path} is there already and has processes.", "Choose another path, or end them first.")
            {
                Path = Path, File = directory.Path, Errno = EBUSY,
            };
        }
    }

    // Children of a process are born in its group: once everybody who was there has been moved, what is left was born before, and
    // another round moves it.
    private void Follow(CgroupDirectory made, IReadOnlyList<int> members)
    {
        HashSet<int> moved = [];
        while (members.Any(moved.Add))
        {
            foreach (int pid in members)
            {
                TryMove(made, pid);
            }

            members = Processes();
        }
    }

    private static void TryMove(CgroupDirectory made, int pid)
    {
        try
        {
            made.Write("cgroup.procs", ControlText.Text(pid));
        }
        catch (LinuxException gone) when (gone.Errno == ESRCH)
        {
            // It ended meanwhile: there is nobody to move.
        }
    }

    private CgroupDirectory? MainDirectory() => Ordinary
        .Prepend("freezer")
        .Select(Directory)
        .FirstOrDefault(directory => directory is { Exists: true });
}
