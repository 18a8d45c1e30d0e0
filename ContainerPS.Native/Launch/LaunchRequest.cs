using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Launch;

/// <summary>Everything that starts one container. The launcher validates and plans all of it before any process is made.</summary>
public sealed record LaunchRequest
{
    public required string ContainerId { get; init; }
    public required Spec Spec { get; init; }
    public required RootFsSource RootFs { get; init; }

    /// <summary>
    /// Where relative paths of the spec start and what hooks are told; the container's durable directory when there is no bundle.
    /// </summary>
    public required string BundlePath { get; init; }

    /// <summary>
    /// The overlay of <see cref="RootFs"/> where the caller has made it already (<see cref="DetachedRoot"/>; nobody else can mount it
    /// then). He closes it after the start: as long as he holds it the overlay outlives the container. With it, <see cref="PrepareCgroup"/>
    /// is needed.
    /// </summary>
    public FileDescriptor? ReadyRoot { get; init; }

    /// <summary>The container's cgroup. Null only for a container that stays in the caller's.</summary>
    public Cgroup? Cgroup { get; init; }

    /// <summary>
    /// Makes the cgroup's directories and applies the limits: called once, while the shim starts; the child joins after it has returned.
    /// Null when the cgroup is ready. What it throws ends the start and reaches the caller unchanged.
    /// </summary>
    public Action? PrepareCgroup { get; init; }

    /// <summary>
    /// What else the caller has to do for the start and nothing of it needs: called once, while others make cgroup, root and process; the
    /// process does not go on before it has returned. What it throws ends the start and reaches the caller unchanged.
    /// </summary>
    public Action? Meanwhile { get; init; }

    /// <summary>The monitor that outlives the starter; null in an OCI runtime, where the caller's subreaper waits for init.</summary>
    public MonitorSettings? Monitor { get; init; }

    public StdioSettings Stdio { get; init; } = new();

    /// <summary>
    /// FIFO that init waits on before execve (OCI create and start); null starts at once. With <see cref="PrepareCgroup"/> init ends unless
    /// <see cref="LaunchedContainer.Keep"/> is called.
    /// </summary>
    public string? ExecFifoPath { get; init; }

    /// <summary>Number of descriptors from 3 on that the container inherits (<c>--preserve-fds</c>).</summary>
    public int PreservedDescriptors { get; init; }

    /// <summary>Move the root instead of pivoting (<c>--no-pivot</c>), for a root file system on a ramdisk.</summary>
    public bool NoPivot { get; init; }

    /// <summary>Directory for compiled seccomp filters, shared by all containers of a root; null compiles afresh.</summary>
    public string? SeccompCacheDirectory { get; init; }
}
