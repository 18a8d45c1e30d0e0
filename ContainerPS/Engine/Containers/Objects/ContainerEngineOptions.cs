using ContainerPS.Engine.Common;
using ContainerPS.Engine.Events;

namespace ContainerPS.Engine;

/// <summary>Where an engine keeps what it keeps.</summary>
public sealed record ContainerEngineOptions
{
    /// <summary>Durable files; null for CONTAINERPS_ROOT, then /var/lib/containerps.</summary>
    public string? Root { get; init; }

    /// <summary>Files that live until the next boot; null for CONTAINERPS_RUNROOT, then /run/containerps.</summary>
    public string? RunRoot { get; init; }

    /// <summary>
    /// Path from the root of each cgroup hierarchy below which containers' cgroups are made; null for CONTAINERPS_CGROUP_PARENT, then
    /// /containerps.
    /// </summary>
    public string? CgroupParent { get; init; }

    /// <summary>How long a command waits for another process that works on the same object.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How old something must be to be a left-over that no living process is about to clear away.</summary>
    internal TimeSpan LeftOverAge { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Smaller ones for tests.</summary>
    internal EventBounds EventBounds { get; init; } = EventBounds.Default;

    internal ContainerEngineOptions Complete() =>
        this with
        {
            Root = Path.GetFullPath(Root ?? StoreLocation.Default.Root),
            RunRoot = Path.GetFullPath(RunRoot ?? StoreLocation.Default.RunRoot),
            CgroupParent =
                CgroupParent
                ?? (Environment.GetEnvironmentVariable("CONTAINERPS_CGROUP_PARENT") is { Length: > 0 } parent ? parent : "/containerps"),
        };
}
