using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups.V2;

/// <summary>
/// A group on v2 hosts: one directory, whose controllers the groups above it switch on. Accounting of CPU time, freezing and killing
/// need none of them.
/// </summary>
internal sealed class ControlGroup : Cgroup
{
    private static readonly string[] Ordinary = ["cpu", "memory", "pids", "io"];

    /// <summary>Controllers that this object has seen to work in the group.</summary>
    private readonly HashSet<string> _enabled = new(StringComparer.Ordinal);

    private bool _isSeen;
    private bool _isMade;

    public ControlGroup(CgroupHost host, string path)
        : base(host, path) { }

    public override IReadOnlyList<string> JoinFiles => [];

    public override string? UnifiedDirectory => _isSeen || Main.Exists ? Main.Path : null;

    public override (string File, string Key)? OomCounter => Host.Has("memory") ? (Main.PathOf("memory.events"), "oom_kill") : null;

    public override bool IsNew => _isMade;

    public override ulong? Id => Main.Inode;

    public override bool IsFrozen => Freezer.IsFrozen(this);

    internal CgroupDirectory Main => Host.Unified!.Directory(Path);

    public override CgroupUsage ReadUsage() => Usage.Read(this);

    public override CgroupEvents ReadEvents() => Usage.ReadEvents(this);

    public override void Freeze(TimeSpan timeout) => Freezer.Freeze(this, timeout);

    public override void Thaw() => Freezer.Thaw(this);

    public override IReadOnlyList<int> Processes()
    {
        HashSet<int> pids = [];
        Collect(Main, "cgroup.procs", pids);

        return [.. pids];
    }

    // cgroup.kill (Linux 5.14) reaches what is being forked at the moment, and frozen processes.
    public override void Kill() => Main.TryWrite("cgroup.kill", "1");

    internal override CgroupDirectory? Directory(string controller) => Host.Has(controller) ? Main : null;

    internal override bool IsIn(string controller) => Delegation.Has(Main, controller);

    internal override IEnumerable<CgroupDirectory> Directories() => [Main];

    internal override void Create(IEnumerable<string>? controllers)
    {
        CgroupHierarchy hierarchy = Host.Unified!;
        try
        {
            _isMade = hierarchy.TryMake(Path);
            ThrowIfTaken(_isMade);
            string[] wanted =
            [
                .. (controllers ?? Ordinary.Where(Host.Has)).Select(name => Host.Has(name) ? name : throw Host.Missing(name)),
            ];
            Delegation.Enable(hierarchy, Path, wanted);
            _enabled.UnionWith(wanted);
            _isSeen = true;
        }
        catch (Exception failure)
        {
            if (_isMade)
            {
                _isMade = false;
                Main.TryRemove();
            }

            if (failure is not LinuxException refused)
            {
                throw;
            }

            throw CgroupException.FromMake("cgroup2", Path, hierarchy.PathOf(Path), refused);
        }
    }

    internal override CgroupDirectory Ensure(string controller)
    {
        if (!Host.Has(controller))
        {
            throw Host.Missing(controller);
        }

        if (_enabled.Add(controller))
        {
            Delegation.Enable(Host.Unified!, Path, [controller]);
        }

        return Main;
    }

    private protected override bool IsMade(string controller) => _isMade;

    private protected override IEnumerable<CgroupDirectory> Made() => _isMade ? [Main] : [];

    private protected override CgroupEffective ReadEffective(EffectiveReader reader) => Effective.Read(reader);

    private protected override void AddSettings(SettingList list, LinuxResources resources)
    {
        Cpu.Add(list, resources.Cpu);
        Cpuset.Add(list, resources.Cpu);
        Memory.Add(list, resources.Memory);
        Pids.Add(list, resources.Pids);
        Io.Add(list, resources.BlockIO);
        Hugetlb.Add(list, resources.HugepageLimits);
        Rdma.Add(list, resources.Rdma);
        Network.Add(resources.Network);
        Unified.Add(list, resources.Unified);
        Devices.Add(list, Main, resources.Devices);
    }

    private void ThrowIfTaken(bool made)
    {
        if (!made && ControlText.Value(Main.TryRead("cgroup.events"), "populated") == 1)
        {
            throw CgroupException.Taken(Path, Main.Path);
        }
    }
}
