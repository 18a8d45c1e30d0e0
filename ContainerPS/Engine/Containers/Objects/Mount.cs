namespace ContainerPS;

/// <summary>What is mounted.</summary>
public enum MountType
{
    /// <summary>A file or directory of the host.</summary>
    Bind,

    /// <summary>An empty file system in memory.</summary>
    Tmpfs,
}

/// <summary>Which later mounts below a bind mount are seen on the other side of it (man 7 mount_namespaces).</summary>
public enum MountPropagation
{
    /// <summary>None; nested mounts present at start come along.</summary>
    RPrivate,

    /// <summary>None.</summary>
    Private,

    /// <summary>The host's are seen in the container; nested mounts too.</summary>
    RSlave,

    /// <summary>The host's are seen in the container.</summary>
    Slave,

    /// <summary>Both ways; nested mounts too.</summary>
    RShared,

    /// <summary>Both ways.</summary>
    Shared,
}

/// <summary>A mount of a container.</summary>
public sealed record Mount
{
    public MountType Type { get; init; } = MountType.Bind;

    /// <summary>Absolute path on the host; null for tmpfs.</summary>
    public string? Source { get; init; }

    /// <summary>Absolute path in the container.</summary>
    public required string Destination { get; init; }

    public bool ReadOnly { get; init; }

    public MountPropagation Propagation { get; init; } = MountPropagation.RPrivate;

    /// <summary>Size of a tmpfs in bytes; null for the kernel's half of memory.</summary>
    public long? TmpfsSize { get; init; }

    /// <summary>Mode of a tmpfs's root, as in chmod; null for 1777.</summary>
    public int? TmpfsMode { get; init; }

    /// <summary>As in Docker's -v: source:destination[:ro].</summary>
    public override string ToString() => (Type == MountType.Tmpfs ? "tmpfs:" : Source + ":") + Destination + (ReadOnly ? ":ro" : "");
}
