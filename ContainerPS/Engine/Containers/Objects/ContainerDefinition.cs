using ContainerPS.Native.Linux;

namespace ContainerPS.Engine;

/// <summary>
/// What a container shall be. Exactly one of <see cref="Image"/>, <see cref="RootFs"/> and <see cref="OciSpecPath"/> says where its root
/// file system comes from. A null member takes the image's value, then the engine's default.
/// </summary>
public sealed record ContainerDefinition
{
    /// <summary>Reference, id or unambiguous id prefix of an image in the store.</summary>
    public string? Image { get; init; }

    /// <summary>Absolute path of a directory of the host that is used copy-on-write; "/" is the host's own root.</summary>
    public string? RootFs { get; init; }

    /// <summary>Path of an OCI bundle, or of its config.json: taken as it is, its root copy-on-write.</summary>
    public string? OciSpecPath { get; init; }

    /// <summary>Null for a name made from the id.</summary>
    public string? Name { get; init; }

    /// <summary>Arguments, or command and arguments where there is no entry point.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    public IReadOnlyList<string>? Entrypoint { get; init; }

    /// <summary>Added to the image's; a null value removes a variable.</summary>
    public IReadOnlyDictionary<string, string?> Env { get; init; } = new Dictionary<string, string?>();

    /// <summary>user, uid, user:group or uid:gid; names are looked up in the image's /etc/passwd and /etc/group.</summary>
    public string? User { get; init; }

    public string? WorkingDir { get; init; }

    /// <summary>Null for the short id.</summary>
    public string? Hostname { get; init; }

    public string? Domainname { get; init; }

    public IReadOnlyList<Mount> Mounts { get; init; } = [];

    public IReadOnlyList<ContainerDevice> Devices { get; init; } = [];

    /// <summary>The root file system cannot be written.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>All capabilities and devices, no seccomp, nothing masked.</summary>
    public bool Privileged { get; init; }

    /// <summary>Names with or without CAP_, or ALL.</summary>
    public IReadOnlyList<string> CapAdd { get; init; } = [];

    /// <summary>Names with or without CAP_, or ALL.</summary>
    public IReadOnlyList<string> CapDrop { get; init; } = [];

    /// <summary>Null for the default profile, unconfined, or the path of a profile in Docker's JSON format.</summary>
    public string? Seccomp { get; init; }

    public bool NoNewPrivileges { get; init; }

    /// <summary>none, host, container:NAME or ns:PATH.</summary>
    public string NetworkMode { get; init; } = "none";

    /// <summary>private, host, container:NAME or ns:PATH.</summary>
    public string PidMode { get; init; } = "private";

    /// <summary>private, host or ns:PATH.</summary>
    public string IpcMode { get; init; } = "private";

    /// <summary>private, host, container:NAME or ns:PATH.</summary>
    public string UtsMode { get; init; } = "private";

    public CgroupLimitRequest Limits { get; init; } = new();

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    public Signal? StopSignal { get; init; }

    /// <summary>How long a stop waits before it kills; null for 10 s.</summary>
    public TimeSpan? StopTimeout { get; init; }

    /// <summary>Removed as soon as it ends.</summary>
    public bool AutoRemove { get; init; }

    public ContainerLifetime Lifetime { get; init; } = ContainerLifetime.Supervised;

    /// <summary>Standard input stays open for writers; otherwise it is at its end.</summary>
    public bool OpenStdin { get; init; }

    /// <summary>Bytes after which a log file is rotated.</summary>
    public long LogMaxSize { get; init; } = 10 * 1024 * 1024;

    /// <summary>Files kept, the current one included.</summary>
    public int LogMaxFile { get; init; } = 3;

    /// <summary>Path from the root of each hierarchy below which the container's cgroup is made; null for the engine's.</summary>
    public string? CgroupParent { get; init; }

    public IReadOnlyList<Ulimit> Ulimits { get; init; } = [];

    /// <summary>-1000 to 1000.</summary>
    public int? OomScoreAdj { get; init; }

    /// <summary>Bytes of /dev/shm.</summary>
    public long ShmSize { get; init; } = 64 * 1024 * 1024;

    /// <summary>Addresses of name servers; empty for the host's.</summary>
    public IReadOnlyList<string> Dns { get; init; } = [];

    public IReadOnlyList<string> DnsSearch { get; init; } = [];

    public IReadOnlyList<string> DnsOptions { get; init; } = [];

    /// <summary>name:address, added to /etc/hosts.</summary>
    public IReadOnlyList<string> ExtraHosts { get; init; } = [];

    /// <summary>Kernel settings by their dotted names, of namespaces that are the container's own.</summary>
    public IReadOnlyDictionary<string, string> Sysctls { get; init; } = new Dictionary<string, string>();
}
