using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Runtime;

/// <summary>
/// The life cycle of runtime-spec's runtime.md over a root directory. Nothing stays behind between the verbs but the container and its
/// directory: the caller (conmon, containerd-shim, `containerps run`) is the subreaper that waits for init.
/// </summary>
public sealed partial class OciRuntime
{
    private static readonly TimeSpan _lockPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _removal = TimeSpan.FromSeconds(5);

    private readonly string _root;
    private readonly Action<string> _warn;

    /// <param name="root">Directory of the containers' states; made when missing.</param>
    /// <param name="warn">Takes what goes wrong without stopping a verb.</param>
    public OciRuntime(string root, Action<string> warn)
    {
        _root = Path.GetFullPath(root);
        _warn = warn;
    }

    /// <summary>Lets the container's program run.</summary>
    public void Start(string id)
    {
        Start(RuntimeContainer.Open(_root, id));
    }

    private void Start(RuntimeContainer container)
    {
        using FileLock held = container.Lock($"start {container.State.Id}");
        if (container.Status != "created")
        {
            throw new RuntimeException($"cannot start a container that is {container.Status}");
        }
        // Init holds the FIFO open for both directions, so this does not wait; the FIFO is what "created" means, so it goes with the byte.
        using (FileDescriptor fifo = Files.Open(container.ExecFifoPath, O_WRONLY | O_NONBLOCK))
        {
            fifo.Write("0"u8);
        }

        Files.Unlink(container.ExecFifoPath);
        if (container.State.HasPoststartHooks)
        {
            RuntimeHooks.Run(container, "poststart", container.Spec.Hooks?.Poststart, "running", _warn);
        }
    }

    public State Describe(string id) => RuntimeContainer.Open(_root, id).Describe();

    public RuntimeContainer Open(string id) => RuntimeContainer.Open(_root, id);

    public IReadOnlyList<State> List() =>
        !Directory.Exists(_root)
            ? []
            :
            [
                .. Directory
                    .EnumerateDirectories(_root)
                    .Select(directory => RuntimeContainer.TryOpen(_root, Path.GetFileName(directory)))
                    .OfType<RuntimeContainer>()
                    .Select(container => container.Describe())
                    .OrderBy(state => state.Id, StringComparer.Ordinal),
            ];

    /// <summary>Sends a signal to init, or to every process of the container.</summary>
    public void Kill(string id, Signal signal, bool all)
    {
        var container = RuntimeContainer.Open(_root, id);
        if (all)
        {
            foreach (int pid in ProcessesOf(container))
            {
                using var process = Pidfd.TryOpen(pid);
                process?.SendSignal(signal);
            }

            return;
        }

        if (!SignalInit(container, signal))
        {
            throw new RuntimeException($"container not running: {id}");
        }
        // Where init is not the first of a pid namespace, the end of it ends nothing else.
        if (signal == Signal.Kill && !container.State.OwnsPidNamespace && container.MayHaveProcesses)
        {
            container.OpenCgroup().Kill();
        }
    }

    public void Pause(string id) => Running(id).OpenCgroup().Freeze(TimeSpan.FromSeconds(10));

    public void Resume(string id) => Alive(id).OpenCgroup().Thaw();

    public void Update(string id, LinuxResources resources) => Alive(id).OpenCgroup().Apply(resources);

    public IReadOnlyList<int> Processes(string id) => ProcessesOf(RuntimeContainer.Open(_root, id));

    /// <summary>The container must be running, paused included.</summary>
    internal RuntimeContainer Running(string id)
    {
        var container = RuntimeContainer.Open(_root, id);
        return container.Status is "running" or "paused"
            ? container
            : throw new RuntimeException($"container {id} is not running: it is {container.Status}");
    }

    /// <summary>The container must not have ended: the cgroup of one that has may be another's by now.</summary>
    private RuntimeContainer Alive(string id)
    {
        var container = RuntimeContainer.Open(_root, id);
        return container.State.Identity.IsAlive ? container : throw new RuntimeException($"container not running: {id}");
    }

    private static IReadOnlyList<int> ProcessesOf(RuntimeContainer container) =>
        container.MayHaveProcesses ? container.OpenCgroup().Processes() : [];

    private static bool SignalInit(RuntimeContainer container, Signal signal)
    {
        using Pidfd? process = container.State.Identity.Open();
        // A zombie takes signals; a container whose init is one is stopped.
        return process is not null && container.State.Identity.IsAlive && process.SendSignal(signal);
    }
}
