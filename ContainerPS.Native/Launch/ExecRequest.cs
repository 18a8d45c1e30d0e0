using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Launch;

/// <summary>One more process in a running container.</summary>
public sealed record ExecRequest
{
    public required string ContainerId { get; init; }

    /// <summary>Init's pid and field 22 of its /proc/PID/stat: together with this boot they identify it.</summary>
    public required int ContainerPid { get; init; }
    public required long ContainerStartTicks { get; init; }

    /// <summary>The container's own spec: which namespaces are its own, its seccomp profile.</summary>
    public required Spec Spec { get; init; }

    public required Process Process { get; init; }
    public Cgroup? Cgroup { get; init; }
    public StdioSettings Stdio { get; init; } = new();
    public int PreservedDescriptors { get; init; }

    /// <summary>Do not wait for the end of the process: the launcher returns when it runs, and nobody of ours reaps it.</summary>
    public bool Detach { get; init; }

    public string? SeccompCacheDirectory { get; init; }
}
