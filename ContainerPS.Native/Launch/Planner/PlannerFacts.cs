using ContainerPS.Native.Mounts;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>What a path of the host is.</summary>
internal enum HostPathKind
{
    Missing,
    Directory,
    File,
}

/// <summary>
/// A hierarchy of cgroup v1 as the host mounts it: <c>cpu,cpuacct</c>, or <c>systemd</c> with the option <c>name=systemd</c>.
/// </summary>
internal sealed record V1Hierarchy(string DirectoryName, IReadOnlyList<string> Options);

/// <summary>
/// How a process enters the container's cgroup. v1: it writes "0" to each tasks file (a pid written to cgroup.procs would wait 10 ms for an
/// RCU grace period); v2: it is cloned into the directory.
/// </summary>
internal sealed record CgroupEntry
{
    public static CgroupEntry None { get; } = new();

    public IReadOnlyList<string> JoinFiles { get; init; } = [];
    public string? V2Directory { get; init; }

    /// <summary>
    /// Nobody has looked in which hierarchies the cgroup is, or it is made while the plan runs: a join file that is not there then is not
    /// the container's.
    /// </summary>
    public bool MayBeMissing { get; init; }

    /// <summary>v1: the container's directory in a hierarchy, by the hierarchy's name; null where there is no such hierarchy.</summary>
    public Func<string, string?> V1DirectoryOf { get; init; } = _ => null;

    /// <summary>
    /// The container's directories, one in each hierarchy; some need not exist. First the one that can be frozen, for the end of what is in
    /// it.
    /// </summary>
    public IReadOnlyList<string> Directories { get; init; } = [];

    /// <summary>The file that counts OOM kills and the line's key.</summary>
    public string? OomPath { get; init; }
}

/// <summary>Everything that the planner may know about this host. Golden files use an invented host.</summary>
internal sealed record PlannerFacts
{
    public required Version Kernel { get; init; }

    /// <summary>The highest capability of this kernel (<c>/proc/sys/kernel/cap_last_cap</c>).</summary>
    public required int LastCapability { get; init; }

    /// <summary>oom_score_adj of the starter, which the container gets back after the monitor lowered its own.</summary>
    public required int OomScoreAdjust { get; init; }

    public required bool UnifiedCgroups { get; init; }
    public IReadOnlyList<V1Hierarchy> Hierarchies { get; init; } = [];

    /// <summary>Files that exist in the host's /proc and /sys exist in the container's: the same kernel makes both.</summary>
    public required Func<string, HostPathKind> KindOf { get; init; }

    /// <summary>lowerdir+ of fsconfig (Linux 6.5): no page of options, no escaping.</summary>
    public bool OverlayAppendsLowers => OverlayOptions.CanAppendLowers(Kernel);

    /// <summary>
    /// Whether plans keep what only their text shows. Golden files do; who starts a container reads at most one sentence, that of a
    /// failure.
    /// </summary>
    public bool ShowsPlans { get; init; } = true;

    /// <summary>
    /// Whether the shim's child becomes dumpable when it becomes this user: a change of user sets the mark to <c>fs.suid_dumpable</c> (man
    /// 5 proc), and with 1 everybody of that user may look into its memory.
    /// </summary>
    public required Func<Oci.User, bool> IsDumpableAs { get; init; }

    public bool AppArmor { get; init; }
    public bool SeLinux { get; init; }
}
