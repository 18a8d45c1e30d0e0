namespace ContainerPS;

/// <summary>A namespace of a container.</summary>
public sealed record NamespaceInfo
{
    /// <summary>pid, network, mount, ipc, uts, user, cgroup or time.</summary>
    public required string Type { get; init; }

    /// <summary>Path of the namespace that is joined; null for one of its own.</summary>
    public string? Path { get; init; }

    /// <summary>Id of the container whose namespace it is.</summary>
    public string? SharedWith { get; init; }

    /// <summary>The host's own.</summary>
    public bool IsHost { get; init; }

    public override string ToString() =>
        IsHost ? $"{Type}:host"
        : SharedWith is not null ? $"{Type}:container:{SharedWith}"
        : Path is not null ? $"{Type}:ns:{Path}"
        : $"{Type}:private";
}

/// <summary>The cgroup of a container.</summary>
/// <param name="Path">From the root of each controller's hierarchy.</param>
/// <param name="Version">1 or 2.</param>
public sealed record CgroupInfo(string Path, int Version)
{
    public override string ToString() => Path;
}

/// <summary>The root file system of a container.</summary>
public sealed record ContainerRootFs
{
    /// <summary>overlay, or directory for a root that is used as it is.</summary>
    public required string Driver { get; init; }

    /// <summary>Read-only directories, the top one first.</summary>
    public IReadOnlyList<string> LowerDir { get; init; } = [];

    public string? UpperDir { get; init; }

    public string? WorkDir { get; init; }

    public bool ReadOnly { get; init; }

    public override string ToString() => Driver;
}

/// <summary>What a container may do.</summary>
public sealed record ContainerSecurity
{
    public bool Privileged { get; init; }

    /// <summary>The bounding set of its first process.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>default, unconfined or the path of a profile.</summary>
    public string SeccompProfile { get; init; } = "default";

    /// <summary>Null where the kernel has no AppArmor, or the profile could not be loaded when the container was made.</summary>
    public string? AppArmorProfile { get; init; }

    /// <summary>Label of its processes; null where the kernel has no SELinux.</summary>
    public string? SELinuxLabel { get; init; }

    public bool NoNewPrivileges { get; init; }

    public bool ReadonlyRootfs { get; init; }

    public IReadOnlyList<string> MaskedPaths { get; init; } = [];

    public IReadOnlyList<string> ReadonlyPaths { get; init; } = [];

    public override string ToString() => Privileged ? "privileged" : $"seccomp={SeccompProfile}";
}

/// <summary>A resource limit of the first process (man 2 getrlimit).</summary>
/// <param name="Name">In lower case without RLIMIT_: nofile, nproc, core.</param>
/// <param name="Soft">-1 for unlimited.</param>
/// <param name="Hard">-1 for unlimited.</param>
public sealed record Ulimit(string Name, long Soft, long Hard)
{
    public override string ToString() => $"{Name}={Soft}:{Hard}";
}

/// <summary>A device that a container may use.</summary>
/// <param name="HostPath">Device node on the host.</param>
/// <param name="ContainerPath">Where it appears in the container.</param>
/// <param name="Access">Letters of r (read), w (write), m (mknod).</param>
public sealed record ContainerDevice(string HostPath, string ContainerPath, string Access = "rwm")
{
    public override string ToString() => $"{HostPath}:{ContainerPath}:{Access}";
}
