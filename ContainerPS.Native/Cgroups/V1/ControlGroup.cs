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

    /// <summary>Where this object has seen the group, and need not look.</summary>
    private readonly HashSet<CgroupHierarchy> _seen = [];

    /// <summary>Where this object made it.</summary>
    private readonly HashSet<CgroupHierarchy> _made = [];

    public ControlGroup(CgroupHost host, string path)
        : base(host, path) { }

    public override IReadOnlyList<string> JoinFiles =>
        [
            .. Host
                .Hierarchies.Where(hierarchy => IsIn(hierarchy))
                .Select(hierarchy => hierarchy.Directory(Path).PathOf(hierarchy.IsUnified ? "cgroup.procs" : "tasks")),
        ];

    public override string? UnifiedDirectory => Host.Unified is { } unified && IsIn(unified) ? unified.PathOf(Path) : null;

    public override (string File, string Key)? OomCounter =>
        Directory("memory") is { } memory ? (memory.PathOf("memory.oom_control"), "oom_kill") : null;

    public override bool IsNew => _made.Count > 0 && _made.SetEquals(_seen);

    public override ulong? Id => MainDirectory()?.Inode;

    public override bool IsFrozen => Freezer.IsFrozen(this);

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

    internal override bool IsIn(string controller) =>
        Host.HierarchyOf(controller) is { } hierarchy
        && IsIn(hierarchy)
        && (!hierarchy.IsUnified || V2.Delegation.Has(hierarchy.Directory(Path), controller));

    internal override IEnumerable<CgroupDirectory> Directories() => Host.Hierarchies.Select(hierarchy => hierarchy.Directory(Path));

    internal override void Create(IEnumerable<string>? controllers)
    {
        try
        {
            foreach (CgroupHierarchy hierarchy in HierarchiesOf(controllers))
            {
                Make(hierarchy);
            }
        }
        catch
        {
            foreach (CgroupDirectory directory in Made())
            {
                directory.TryRemove();
            }

            throw;
        }
    }

    internal override CgroupDirectory Ensure(string controller)
    {
        CgroupHierarchy hierarchy = Host.HierarchyOf(controller) ?? throw Host.Missing(controller);
        CgroupDirectory directory = hierarchy.Directory(Path);
        if (!IsIn(hierarchy))
        {
            IReadOnlyList<int> members = Processes();
            Make(hierarchy);
            Follow(directory, members);
        }

        return directory;
    }

    private protected override bool IsMade(string controller) => Host.HierarchyOf(controller) is { } hierarchy && _made.Contains(hierarchy);

    private protected override IEnumerable<CgroupDirectory> Made() => _made.Select(hierarchy => hierarchy.Directory(Path));

    private protected override CgroupEffective ReadEffective(EffectiveReader reader) => Effective.Read(this, reader);

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

    private IEnumerable<CgroupHierarchy> HierarchiesOf(IEnumerable<string>? controllers) =>
        controllers is null
            ? Ordinary.Select(Host.HierarchyOf).OfType<CgroupHierarchy>().Where(hierarchy => !hierarchy.IsUnified).Distinct()
            : controllers.Select(controller => Host.HierarchyOf(controller) ?? throw Host.Missing(controller)).Distinct();

    private bool IsIn(CgroupHierarchy hierarchy) => _seen.Contains(hierarchy) || hierarchy.Directory(Path).Exists;

    private void Make(CgroupHierarchy hierarchy)
    {
        try
        {
            if (hierarchy.TryMake(Path))
            {
                _made.Add(hierarchy);
            }
            else
            {
                ThrowIfPopulated(hierarchy);
            }

            _seen.Add(hierarchy);
            if (hierarchy.IsUnified)
            {
                V2.Delegation.Enable(hierarchy, Path, hierarchy.Controllers);
            }
            else if (hierarchy.Controllers.Contains("cpuset", StringComparer.Ordinal))
            {
                Cpuset.Inherit(hierarchy, Path);
            }
        }
        catch (LinuxException failure)
        {
            throw CgroupException.FromMake(hierarchy.Controllers[0], Path, hierarchy.PathOf(Path), failure);
        }
    }

    private void ThrowIfPopulated(CgroupHierarchy hierarchy)
    {
        if (hierarchy.Directory(Path).TryRead("cgroup.procs") is { Length: > 0 })
        {
            throw CgroupException.Taken(Path, hierarchy.PathOf(Path));
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

    private CgroupDirectory? MainDirectory() =>
        Ordinary.Prepend("freezer").Select(Directory).FirstOrDefault(directory => directory is { Exists: true });
}
