using System.Text.Json.Serialization;
using ContainerPS.Engine.Containers.State.Stored;

namespace ContainerPS.Engine.Containers.State;

/// <summary>
/// What a container was defined as, what that came to, and what is wanted of it: container.json (<see cref="StoredContainer"/>) as the
/// engine works with it.
/// </summary>
internal sealed record ContainerRecord
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required ContainerDefinition Definition { get; init; }

    public ImageFacts? Image { get; init; }

    public required ProcessFacts Process { get; init; }

    public required RootFsFacts RootFs { get; init; }

    /// <summary>From the root of each cgroup hierarchy.</summary>
    public required string CgroupPath { get; init; }

    /// <summary>
    /// The first start, of a container that is created to be started at once: it needs no `start` file before a second one, or a stop.
    /// </summary>
    public StartRecord? FirstStart { get; init; }

    public required IReadOnlyList<NamespaceInfo> Namespaces { get; init; }

    public required ContainerSecurity Security { get; init; }

    /// <summary>What was read, with the members that only a newer version knows; null for one that is new.</summary>
    public StoredContainer? Origin { get; init; }
}

/// <summary>What a container is meant to be doing.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DesiredState>))]
internal enum DesiredState
{
    Created,
    Running,
    Stopped,
}

/// <summary>The image as it was at create: a tag may move later.</summary>
internal sealed record ImageFacts(string Reference, string Id, string? Digest);

/// <summary>What runs, after image and definition were put together.</summary>
internal sealed record ProcessFacts
{
    public IReadOnlyList<string> Entrypoint { get; init; } = [];

    public IReadOnlyList<string> Command { get; init; } = [];

    public IReadOnlyList<string> Env { get; init; } = [];

    public string WorkingDir { get; init; } = "/";

    public string User { get; init; } = "";

    public int StopSignal { get; init; } = 15;

    public IReadOnlyList<string> Args => [.. Entrypoint, .. Command];
}

/// <summary>Layers of the root file system, the top one first; the upper directory is the container's own.</summary>
internal sealed record RootFsFacts(IReadOnlyList<string> LowerDirs, bool ReadOnly);
