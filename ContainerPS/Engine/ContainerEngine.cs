using ContainerPS.Engine.Common;
using ContainerPS.Engine.Images;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine;

/// <summary>
/// Containers and images of one store. Stateless but for caches: several engines, in several processes, may work on one store at the same
/// time. Ordinary use: <see cref="Open"/>, <see cref="Create"/>, <see cref="Start"/>; or <see cref="Run"/> for a command whose output is
/// wanted. All members may be called from any thread.
/// </summary>
public sealed partial class ContainerEngine
{
    private static readonly Lazy<ContainerEngine> DefaultEngine = new(() => Open());

    private ContainerEngine(ContainerEngineOptions options)
    {
        Options = options;
        Store = new StoreLocation(options.Root!, options.RunRoot!);
        Images = new ImageStore(Store);
    }

    /// <summary>The engine of CONTAINERPS_ROOT, or of /var/lib/containerps.</summary>
    public static ContainerEngine Default => DefaultEngine.Value;

    /// <summary>As opened, with nothing left null.</summary>
    public ContainerEngineOptions Options { get; }

    /// <summary>The images that containers are made of.</summary>
    public ImageStore Images { get; }

    private StoreLocation Store { get; }

    /// <summary>Opens a store. Nothing is made on disk before the first change.</summary>
    public static ContainerEngine Open(ContainerEngineOptions? options = null) => new((options ?? new ContainerEngineOptions()).Complete());

    /// <summary>Creates a container. Everything is validated before anything is acquired.</summary>
    public Container Create(ContainerDefinition definition) => throw new NotImplementedException();

    /// <summary>Problems of a definition that do not keep it from being created: memory above the host's.</summary>
    public IReadOnlyList<string> Warnings(ContainerDefinition definition) => throw new NotImplementedException();

    /// <summary>Containers that match, by creation time.</summary>
    public IReadOnlyList<Container> GetContainers(ContainerQuery? query = null) => throw new NotImplementedException();

    /// <summary>The container of a name, an id or an unambiguous id prefix.</summary>
    public Container GetContainer(string nameOrIdOrPrefix) => throw new NotImplementedException();

    /// <summary>As <see cref="GetContainer"/>, null where there is none; an ambiguous prefix still throws.</summary>
    public Container? FindContainer(string nameOrIdOrPrefix) => throw new NotImplementedException();

    /// <summary>Starts a container and returns when its command is running. No effect on a running one.</summary>
    public void Start(Container container, CancellationToken cancellation = default) => throw new NotImplementedException();

    /// <summary>Creates a container and starts it attached to the caller.</summary>
    public ContainerRun Run(ContainerDefinition definition, RunOptions? options = null, CancellationToken cancellation = default) => throw new NotImplementedException();

    /// <summary>
    /// Ends a container: its stop signal (or <paramref name="signal"/>), and after <paramref name="timeout"/> (null: its own) SIGKILL to all of
    /// its cgroup. No effect on one that is not running.
    /// </summary>
    public void Stop(Container container, TimeSpan? timeout = null, Signal? signal = null, CancellationToken cancellation = default) => throw new NotImplementedException();

    /// <summary>Sends a signal, SIGKILL unless another is named, to the first process.</summary>
    public void Kill(Container container, Signal? signal = null) => throw new NotImplementedException();

    /// <summary>Freezes all processes; returns when they are frozen.</summary>
    public void Pause(Container container) => throw new NotImplementedException();

    /// <summary>Thaws them.</summary>
    public void Resume(Container container) => throw new NotImplementedException();

    /// <summary>
    /// Waits until a container is not running and tells how it ended, also when that was long ago, in another process, or when it has been
    /// removed since (for an hour). A container that was never started throws; <paramref name="timeout"/> throws <see cref="TimeoutException"/>.
    /// </summary>
    public ExitStatus Wait(Container container, TimeSpan? timeout = null, CancellationToken cancellation = default) => throw new NotImplementedException();

    /// <summary>Removes a container; a running one only with <paramref name="force"/>.</summary>
    public void Remove(Container container, bool force = false, CancellationToken cancellation = default) => throw new NotImplementedException();

    /// <summary>Starts a command in a running container.</summary>
    public ContainerExec Exec(Container container, ExecDefinition definition, CancellationToken cancellation = default) => throw new NotImplementedException();

    /// <summary>Records of a container's log, oldest first.</summary>
    public IEnumerable<ContainerLogRecord> ReadLog(Container container, LogQuery? query = null, CancellationToken cancellation = default) => throw new NotImplementedException();

    /// <summary>What a running container has used by now.</summary>
    public ContainerStats Measure(Container container) => throw new NotImplementedException();

    /// <summary>The limits of a container, requested and effective.</summary>
    public CgroupLimit GetLimit(Container container) => throw new NotImplementedException();

    /// <summary>Changes limits, at once when it is running and for its next start.</summary>
    public CgroupLimit SetLimit(Container container, CgroupLimitChange change) => throw new NotImplementedException();

    /// <summary>What <see cref="SetLimit"/> would write.</summary>
    public IReadOnlyList<LimitChangePreview> PreviewLimit(Container container, CgroupLimitChange change) => throw new NotImplementedException();

    /// <summary>What this host offers, and what the store holds.</summary>
    public ContainerHost GetHost() => throw new NotImplementedException();

    /// <summary>Adopts running containers whose monitor has died and removes what killed processes left behind.</summary>
    public void Reconcile() => throw new NotImplementedException();

    /// <summary>What a monitor asks for when its container has ended and its starter is gone (`containerps internal on-exit ID`).</summary>
    public void OnExit(string id) => throw new NotImplementedException();
}
