using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups;

/// <summary>
/// A control group, whatever the host's version: limits, priorities, accounting, freezing and the end of all its processes.
/// </summary>
/// <remarks>
/// Ordinary use: made by <see cref="CgroupHost.Create"/> and limited by <see cref="Apply"/> before the first process; joined by writing
/// "0" into each of <see cref="JoinFiles"/> (v1), or by CLONE_INTO_CGROUP on <see cref="UnifiedDirectory"/> (v2); removed by
/// <see cref="Remove"/> after the last process. All calls may be made from several processes at once.
/// </remarks>
public abstract partial class Cgroup
{
    private protected Cgroup(CgroupHost host, string path)
    {
        Host = host;
        Path = path;
    }

    public CgroupHost Host { get; }

    /// <summary>From the mounted root of each hierarchy: "/containerps/3f2a…".</summary>
    public string Path { get; }

    /// <summary>Whether it exists in any hierarchy.</summary>
    public bool Exists => Directories().Any(directory => directory.Exists);

    /// <summary>
    /// Whether <see cref="CgroupHost.Create"/> made all of it. False for a group that was there before, in any hierarchy: its values are
    /// another's or an old run's, and so may be the processes that enter it.
    /// </summary>
    public abstract bool IsNew { get; }

    /// <summary>
    /// Inode of the group's main directory; null when it does not exist. A group that was removed and made again has another one
    /// (kernfs gives each directory of a boot its own number).
    /// </summary>
    public abstract ulong? Id { get; }

    /// <summary>Absolute path of the group's directory for a controller; null when it has none.</summary>
    public string? DirectoryOf(string controller) => Directory(controller) is { Exists: true } directory ? directory.Path : null;

    /// <summary>
    /// The files into which a process with a single thread writes "0" to join. On v1 these are <c>tasks</c>: a pid written to
    /// cgroup.procs waits some 10 ms for a grace period, this does not. Join before unsharing the cgroup namespace, whose root is the
    /// group one is in at that moment. Empty on v2: clone into <see cref="UnifiedDirectory"/>.
    /// </summary>
    public abstract IReadOnlyList<string> JoinFiles { get; }

    /// <summary>Absolute path of the group in the v2 hierarchy, for CLONE_INTO_CGROUP; null where it has none (v1).</summary>
    public abstract string? UnifiedDirectory { get; }

    /// <summary>A file with the line "oom_kill N" for this group, and that key; null without a memory controller.</summary>
    public abstract (string File, string Key)? OomCounter { get; }

    /// <summary>What <see cref="Apply"/> would write, in order, with the old values. Changes nothing.</summary>
    /// <exception cref="CgroupException">As <see cref="Apply"/>, before it writes.</exception>
    public IReadOnlyList<CgroupSetting> Plan(LinuxResources resources) => Settings(resources).Settings;

    /// <summary>
    /// Limits the group. Everything is checked before anything is written; when the kernel refuses one value all the same, what was
    /// written before it is put back. A v1 controller that the group is not in yet (cpuset, hugetlb) is joined, with its processes.
    /// </summary>
    /// <exception cref="CgroupException">Names controller, file, value and the way out.</exception>
    public void Apply(LinuxResources resources)
    {
        SettingList list = Settings(resources);
        _isWritten = true;
        list.Write();
    }

    /// <summary>
    /// What is in force, read back from the kernel; v2 files asked for by name stand in its Values as "Unified:memory.high".
    /// </summary>
    public CgroupEffective ReadEffective(IEnumerable<string>? unified = null)
    {
        EffectiveReader reader = new(this);
        foreach (string file in unified ?? [])
        {
            reader.Text($"Unified:{file}", file.Split('.')[0], file);
        }

        return ReadEffective(reader);
    }

    /// <summary>What has been used.</summary>
    public abstract CgroupUsage ReadUsage();

    /// <summary>How often limits acted.</summary>
    public abstract CgroupEvents ReadEvents();

    /// <summary>Stops all processes and waits until the kernel confirms it; thaws and throws when it does not in time.</summary>
    /// <exception cref="CgroupException">TimedOut.</exception>
    public abstract void Freeze(TimeSpan timeout);

    /// <summary>Lets them go on. No effect when they run.</summary>
    public abstract void Thaw();

    /// <summary>Whether a process that joins it is frozen, or about to be.</summary>
    public abstract bool IsFrozen { get; }

    /// <summary>
    /// Kills every process in the group and below, also those that are being forked at that moment; frozen ones too. They are gone once
    /// they have been reaped, and those in an uninterruptible call when it returns: <see cref="Remove"/> waits for that.
    /// </summary>
    public abstract void Kill();

    /// <summary>Pids of the group and of the groups below it, each once.</summary>
    public abstract IReadOnlyList<int> Processes();

    /// <summary>True from the first <see cref="Apply"/> on: the values are no longer the kernel's defaults.</summary>
    private bool _isWritten;

    /// <summary>
    /// Whether the controller's files hold the kernel's defaults and need not be read before they are written: this object made the
    /// directory (mkdir said so) and has written nothing since.
    /// </summary>
    internal bool HasDefaults(string controller) => !_isWritten && IsMade(controller);

    /// <summary>Whether <see cref="Create"/> of this object made the controller's directory.</summary>
    private protected abstract bool IsMade(string controller);

    /// <summary>The directories that <see cref="Create"/> of this object made.</summary>
    private protected abstract IEnumerable<CgroupDirectory> Made();

    internal abstract void Create(IEnumerable<string>? controllers);

    /// <summary>The directory of a controller, which may not exist; null when the controller does not.</summary>
    internal abstract CgroupDirectory? Directory(string controller);

    /// <summary>Whether the group exists and the controller works in it.</summary>
    internal abstract bool IsIn(string controller);

    /// <summary>The same, made and joined when the group is not in this hierarchy yet.</summary>
    internal abstract CgroupDirectory Ensure(string controller);

    /// <summary>Every hierarchy's directory of this group, existing or not.</summary>
    internal abstract IEnumerable<CgroupDirectory> Directories();

    private protected abstract CgroupEffective ReadEffective(EffectiveReader reader);

    private protected abstract void AddSettings(SettingList list, LinuxResources resources);

    private SettingList Settings(LinuxResources resources)
    {
        ResourceRules.Check(resources);
        SettingList list = new(this);
        AddSettings(list, resources);
        return list;
    }

    public override string ToString() => Path;
}
