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
    private readonly string _root;
    private readonly Action<string> _warn;

    /// <param name="root">Directory of the containers' states; made when missing.</param>
    /// <param name="warn">Takes what goes wrong without stopping a verb.</param>
    public OciRuntime(string root, Action<string> warn)
    {
        _root = Path.GetFullPath(root);
        _warn = warn;
    }

    /// <summary>
    /// Everything up to the execve of the container's program, which waits for <see cref="Start(string)"/>. Inherits the caller's streams.
    /// </summary>
    public RuntimeContainer Create(CreateOptions options)
    {
        RuntimeContainer.CheckId(options.Id);
        string bundle = Path.GetFullPath(options.Bundle);
        byte[] config = ReadConfig(bundle);
        Spec spec = RuntimeContainer.ParseSpec(config);
        string directory = Reserve(options.Id);
        Cgroup cgroup = RuntimeContainer.Cgroups.Open(CgroupPathOf(spec, options.Id));
        bool madeCgroup = false;
        try
        {
            Files.MakeFifo(RuntimeContainer.FifoOf(directory), Modes.Mode0622);
            using LaunchedContainer launched = ContainerLauncher.Start(
                RequestOf(
                    options,
                    spec,
                    bundle,
                    directory,
                    cgroup,
                    () =>
                    {
                        madeCgroup = true;
                        Prepare(cgroup, spec);
                    }
                )
            );
            var container = RuntimeContainer.Save(directory, StateOf(options.Id, bundle, spec, launched, cgroup.Path), config);
            WritePidFile(options.PidFile, launched.Pid);
            return container;
        }
        catch
        {
            if (madeCgroup)
            {
                RemoveCgroup(cgroup);
            }

            Files.RemoveTree(directory);
            throw;
        }
    }

    /// <summary>Lets the container's program run.</summary>
    public void Start(string id)
    {
        Start(RuntimeContainer.Open(_root, id));
    }

    private void Start(RuntimeContainer container)
    {
        using FileLock held = container.Lock();
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
            foreach (int pid in container.OpenCgroup().Processes())
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
        if (signal == Signal.Kill && !container.State.OwnsPidNamespace)
        {
            container.OpenCgroup().Kill();
        }
    }

    /// <summary>Takes away what create made. A running container only by force.</summary>
    public void Delete(string id, bool force)
    {
        var container = RuntimeContainer.TryOpen(_root, id);
        if (container is null)
        {
            DeleteRemains(id, force);
            return;
        }

        Delete(container, force);
    }

    private void Delete(RuntimeContainer container, bool force)
    {
        string status = container.Status;
        if (status is "running" or "paused" && !force)
        {
            throw new RuntimeException($"cannot delete container {container.State.Id} that is not stopped: {status}");
        }

        if (status != "stopped")
        {
            End(container);
        }

        RemoveCgroup(container.OpenCgroup());
        if (container.State.HasPoststopHooks)
        {
            RuntimeHooks.Run(container, "poststop", container.Spec.Hooks?.Poststop, "stopped", _warn);
        }

        Files.RemoveTree(container.Directory);
    }

    public void Pause(string id) => Running(id).OpenCgroup().Freeze(TimeSpan.FromSeconds(10));

    public void Resume(string id) => RuntimeContainer.Open(_root, id).OpenCgroup().Thaw();

    public void Update(string id, LinuxResources resources) => RuntimeContainer.Open(_root, id).OpenCgroup().Apply(resources);

    public IReadOnlyList<int> Processes(string id) => RuntimeContainer.Open(_root, id).OpenCgroup().Processes();

    /// <summary>The container must be running, paused included.</summary>
    internal RuntimeContainer Running(string id)
    {
        var container = RuntimeContainer.Open(_root, id);
        return container.Status is "running" or "paused"
            ? container
            : throw new RuntimeException($"container {id} is not running: it is {container.Status}");
    }

    private static byte[] ReadConfig(string bundle)
    {
        string path = $"{bundle}/config.json";
        return File.Exists(path) ? Files.ReadAllBytes(path) : throw new RuntimeException($"{path} does not exist: is {bundle} a bundle?");
    }

    /// <summary>mkdir is the reservation of the id.</summary>
    private string Reserve(string id)
    {
        Files.MakeDirectories(_root, Modes.Mode0700);
        string directory = $"{_root}/{id}";
        return Files.TryMakeDirectoryAt(FileDescriptor.CurrentDirectory, directory, Modes.Mode0700)
            ? directory
            : throw new RuntimeException($"container with given ID already exists: {id}");
    }

    private LaunchRequest RequestOf(CreateOptions options, Spec spec, string bundle, string directory, Cgroup cgroup, Action prepare) =>
        new()
        {
            ContainerId = options.Id,
            Spec = spec,
            RootFs = new RootFsSource.Directory(RootOf(spec, bundle), ReadOnly: false),
            BundlePath = bundle,
            Cgroup = cgroup,
            PrepareCgroup = prepare,
            Stdio = new StdioSettings { Inherit = true },
            ExecFifoPath = RuntimeContainer.FifoOf(directory),
            NoPivot = options.NoPivot,
            PreservedDescriptors = options.PreservedDescriptors,
            SeccompCacheDirectory = $"{_root}/.seccomp",
        };

    private static string RootOf(Spec spec, string bundle)
    {
        string root = Path.GetFullPath(spec.Root?.Path ?? throw new RuntimeException("the spec has no root"), bundle);
        return Directory.Exists(root) ? root : throw new RuntimeException($"the root file system {root} does not exist");
    }

    private static void Prepare(Cgroup cgroup, Spec spec)
    {
        Cgroup made = cgroup.Host.Create(cgroup.Path);
        if (spec.Linux?.Resources is { } resources)
        {
            // What every container may use comes after the spec's own rules, as runc has it: a spec begins with "deny all" and names only
            // the rest.
            made.Apply(resources.Devices is { } rules ? resources with { Devices = [.. rules, .. DeviceRule.Defaults] } : resources);
        }
    }

    /// <summary>config-linux.md "Cgroups Path": absolute from the mounted root, as written otherwise, the id when there is none.</summary>
    private static string CgroupPathOf(Spec spec, string id)
    {
        string? path = spec.Linux?.CgroupsPath;
        if (path is { Length: > 0 } && path.Count(c => c == ':') == 2 && !path.Contains('/', StringComparison.Ordinal))
        {
            throw new RuntimeException(
                $"the cgroups path '{path}' is written for systemd (slice:prefix:name): systemd cgroups are not supported"
            );
        }

        return string.IsNullOrEmpty(path) ? $"/{id}"
            : path.StartsWith('/') ? path
            : "/" + path;
    }

    private static RuntimeState StateOf(string id, string bundle, Spec spec, LaunchedContainer launched, string cgroupPath) =>
        new()
        {
            Id = id,
            Pid = launched.Pid,
            StartTicks = launched.StartTicks,
            BootId = HostFacts.BootId,
            Bundle = bundle,
            Rootfs = RootOf(spec, bundle),
            Created = DateTimeOffset.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", System.Globalization.CultureInfo.InvariantCulture),
            CgroupPath = cgroupPath,
            OciVersion = spec.OciVersion,
            Annotations = spec.Annotations,
            HasPoststartHooks = spec.Hooks?.Poststart is { Count: > 0 },
            HasPoststopHooks = spec.Hooks?.Poststop is { Count: > 0 },
            OwnsPidNamespace = spec.Linux?.Namespaces?.Any(entry => entry.Type == "pid" && string.IsNullOrEmpty(entry.Path)) == true,
        };

    /// <summary>Written beside and renamed: a reader that watches for the file finds the number whole.</summary>
    internal static void WritePidFile(string? path, int pid)
    {
        if (path is not null)
        {
            string temporary = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, $".{Path.GetFileName(path)}");
            File.WriteAllText(temporary, pid.ToString(System.Globalization.CultureInfo.InvariantCulture));
            File.Move(temporary, path, overwrite: true);
        }
    }

    private static bool SignalInit(RuntimeContainer container, Signal signal)
    {
        using Pidfd? process = container.State.Identity.Open();
        // A zombie takes signals; a container whose init is one is stopped.
        return process is not null && container.State.Identity.IsAlive && process.SendSignal(signal);
    }

    private static void End(RuntimeContainer container)
    {
        using Pidfd? process = container.State.Identity.Open();
        Cgroup cgroup = container.OpenCgroup();
        if (cgroup.Exists)
        {
            cgroup.Kill();
        }

        process?.SendSignal(Signal.Kill);
        if (process is not null && !process.WaitForExit(TimeSpan.FromSeconds(10)))
        {
            throw new RuntimeException($"container {container.State.Id} could not be killed within 10 seconds");
        }
    }

    private void DeleteRemains(string id, bool force)
    {
        string directory = $"{_root}/{id}";
        if (!Directory.Exists(directory) && !force)
        {
            throw new RuntimeException($"container does not exist: {id}");
        }

        if (Directory.Exists(directory))
        {
            // A create that was killed before it could write its state.
            Files.RemoveTree(directory);
        }
    }

    private static void RemoveCgroup(Cgroup cgroup)
    {
        if (cgroup.Exists)
        {
            cgroup.Kill();
            cgroup.Remove(TimeSpan.FromSeconds(5));
        }
    }
}
