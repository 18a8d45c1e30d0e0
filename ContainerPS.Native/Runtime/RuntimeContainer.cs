using System.Text.Json;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Runtime;

/// <summary>
/// One container of an OCI runtime: its directory under the root, read from disk by each command. Its status is not stored but seen: the
/// FIFO that init waits on exists until start, the process lives or not, the cgroup is frozen or not.
/// </summary>
public sealed class RuntimeContainer
{
    private const string StateName = "state.json",
        ConfigName = "config.json",
        FifoName = "exec.fifo",
        LockName = "lock";

    private static readonly Lazy<CgroupHost> _cgroups = new(CgroupHost.Detect);

    private readonly Lazy<Spec> _spec;

    private RuntimeContainer(string directory, RuntimeState state)
    {
        Directory = directory;
        State = state;
        _spec = new Lazy<Spec>(() => ParseSpec(Files.ReadAllBytes($"{directory}/{ConfigName}")));
    }

    public string Directory { get; }
    public RuntimeState State { get; }
    public Spec Spec => _spec.Value;
    public string ExecFifoPath => FifoOf(Directory);

    /// <summary>What is seen now: the next look may see something else.</summary>
    public string Status
    {
        get
        {
            if (!State.Identity.IsAlive)
            {
                return "stopped";
            }

            return Files.Exists(ExecFifoPath) ? "created"
                : OpenCgroup() is { Exists: true, IsFrozen: true } ? "paused"
                : "running";
        }
    }

    /// <summary>
    /// Whether processes in the cgroup can be this container's. False once a pid namespace of its own has ended, which ends everything in
    /// it, and where another cgroup lies at the path: what runs there then belongs to somebody else.
    /// </summary>
    public bool MayHaveProcesses => OwnsCgroup(OpenCgroup()) && (!State.OwnsPidNamespace || State.Identity.IsAlive);

    public static string FifoOf(string directory) => $"{directory}/{FifoName}";

    internal static string StateOf(string directory) => $"{directory}/{StateName}";

    internal static bool IsLock(string name) => name == LockName;

    internal static string LockOf(string directory) => $"{directory}/{LockName}";

    public static RuntimeContainer? TryOpen(string root, string id)
    {
        CheckId(id);
        string directory = $"{root}/{id}";
        string path = StateOf(directory);
        return File.Exists(path)
            ? new RuntimeContainer(directory, JsonSerializer.Deserialize(Files.ReadAllBytes(path), RuntimeJson.Default.RuntimeState)!)
            : null;
    }

    public static RuntimeContainer Open(string root, string id) =>
        TryOpen(root, id) ?? throw new RuntimeException($"container does not exist: {id}");

    /// <summary>Writes what create knows; the rename makes the container visible.</summary>
    public static RuntimeContainer Save(string directory, RuntimeState state, byte[] config)
    {
        Files.WriteAllBytesAt(FileDescriptor.CurrentDirectory, $"{directory}/{ConfigName}", config, Modes.Mode0600);
        Files.WriteAllBytesAt(
            FileDescriptor.CurrentDirectory,
            $"{directory}/{StateName}.new",
            JsonSerializer.SerializeToUtf8Bytes(state, RuntimeJson.Default.RuntimeState),
            Modes.Mode0600
        );
        Files.Rename($"{directory}/{StateName}.new", $"{directory}/{StateName}");
        return new RuntimeContainer(directory, state);
    }

    /// <summary>Held by a verb that changes the container, until it is done.</summary>
    /// <exception cref="TimeoutException">Names the holder.</exception>
    public FileLock Lock(string holder) => FileLock.Acquire(LockOf(Directory), TimeSpan.FromSeconds(30), holder);

    public Cgroup OpenCgroup() => Cgroups.Open(State.CgroupPath);

    /// <summary>Whether the cgroup at the container's path is the one that create put it into.</summary>
    public bool OwnsCgroup(Cgroup cgroup) => State.BootId == HostFacts.BootId && (State.CgroupId is null || State.CgroupId == cgroup.Id);

    /// <summary>Detected once a process.</summary>
    internal static CgroupHost Cgroups => _cgroups.Value;

    public State Describe() => Describe(Status);

    /// <summary>As seen once: a container that ends meanwhile has no status with another one's pid.</summary>
    internal State Describe(string status) =>
        new()
        {
            OciVersion = State.OciVersion,
            Id = State.Id,
            Pid = status == "stopped" ? 0 : State.Pid,
            Status = status,
            Bundle = State.Bundle,
            Rootfs = State.Rootfs,
            Created = State.Created,
            Owner = "",
            Annotations = State.Annotations,
        };

    public static Spec ParseSpec(byte[] config)
    {
        try
        {
            return JsonSerializer.Deserialize(config, OciJson.Default.Spec) ?? throw new RuntimeException($"{ConfigName} is empty");
        }
        catch (JsonException invalid)
        {
            throw new RuntimeException($"{ConfigName} is not a valid runtime-spec document: {invalid.Message}", invalid);
        }
    }

    /// <summary>runc's rule: the id becomes a directory's name.</summary>
    public static void CheckId(string id)
    {
        if (
            id.Length is 0 or > 1024
            || id is "." or ".."
            || id.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '+' or '-' or '.'))
        )
        {
            throw new RuntimeException($"invalid id format: '{id}'");
        }
    }
}
