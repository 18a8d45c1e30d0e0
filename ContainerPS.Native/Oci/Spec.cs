namespace ContainerPS.Native.Oci;

/// <summary>
/// A bundle's <c>config.json</c> (runtime-spec 1.2, config.md). Fields we do not know are tolerated and ignored, as the spec wants.
/// </summary>
public sealed record Spec
{
    public string OciVersion { get; init; } = "";
    public Process? Process { get; init; }
    public Root? Root { get; init; }
    public string? Hostname { get; init; }
    public string? Domainname { get; init; }
    public IReadOnlyList<Mount>? Mounts { get; init; }
    public Hooks? Hooks { get; init; }
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }
    public Linux? Linux { get; init; }
}

/// <summary>The root file system: a path relative to the bundle, or absolute.</summary>
public sealed record Root
{
    public string Path { get; init; } = "";
    public bool Readonly { get; init; }
}

/// <summary>
/// One mount, in the order of the list. Options are those of mount(8) and of the runtime-spec (<c>rbind</c>, <c>rprivate</c>, <c>idmap</c>
/// …).
/// </summary>
public sealed record Mount
{
    public string Destination { get; init; } = "";
    public string? Type { get; init; }
    public string? Source { get; init; }
    public IReadOnlyList<string>? Options { get; init; }
    public IReadOnlyList<LinuxIdMapping>? UidMappings { get; init; }
    public IReadOnlyList<LinuxIdMapping>? GidMappings { get; init; }
}

/// <summary>Programs that others run at six points of a container's life (config.md "POSIX-platform Hooks").</summary>
public sealed record Hooks
{
    public IReadOnlyList<Hook>? Prestart { get; init; }
    public IReadOnlyList<Hook>? CreateRuntime { get; init; }
    public IReadOnlyList<Hook>? CreateContainer { get; init; }
    public IReadOnlyList<Hook>? StartContainer { get; init; }
    public IReadOnlyList<Hook>? Poststart { get; init; }
    public IReadOnlyList<Hook>? Poststop { get; init; }
}

/// <summary>Path is absolute; Timeout is seconds.</summary>
public sealed record Hook
{
    public string Path { get; init; } = "";
    public IReadOnlyList<string>? Args { get; init; }
    public IReadOnlyList<string>? Env { get; init; }
    public int? Timeout { get; init; }
}
