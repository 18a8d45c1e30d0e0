using ContainerPS.Native.Cgroups;

namespace ContainerPS.Native.Launch;

/// <summary>A container whose monitor died: a new one takes over its FIFOs, log and exit record.</summary>
public sealed record AdoptRequest
{
    public required string ContainerId { get; init; }
    public required int Pid { get; init; }
    public required long StartTicks { get; init; }

    /// <summary>The container's cgroup, for the end of the run; null for a container that is in its starter's.</summary>
    public Cgroup? Cgroup { get; init; }
    public required MonitorSettings Monitor { get; init; }
}
