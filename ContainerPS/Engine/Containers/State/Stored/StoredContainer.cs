using System.Text.Json;
using System.Text.Json.Serialization;

namespace ContainerPS.Engine.Containers.State.Stored;

/// <summary>
/// container.json as it lies on disk: its own records, so that the public types can change without the files. A member that is null is not
/// written; an empty list is not, either. What a newer version wrote is kept (<see cref="StoredRecord.Kept"/>) and written again.
/// </summary>
/// <remarks>
/// Schema 1 had no <c>minReader</c> and a member <c>isEmpty</c> in the limits. Reserved for what comes: <c>networks</c>, <c>ports</c>,
/// <c>restart</c>, <c>health</c>, <c>tty</c>, <c>pod</c> (in the definition), and volumes as a <c>type</c> of mounts.
/// </remarks>
internal sealed record StoredContainer : StoredRecord
{
    public const int CurrentSchema = 2;

    /// <summary>Versions before this one would misread what this one writes.</summary>
    public const int OldestReader = 1;

    public int? Schema { get; init; }

    public int? MinReader { get; init; }

    public required string Id { get; init; }

    public required string Name { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required StoredDefinition Definition { get; init; }

    public StoredImage? Image { get; init; }

    public required StoredProcess Process { get; init; }

    public required StoredRootFs RootFs { get; init; }

    public required string CgroupPath { get; init; }

    public StartRecord? FirstStart { get; init; }

    public required IReadOnlyList<StoredNamespace> Namespaces { get; init; }

    public required StoredSecurity Security { get; init; }
}

/// <summary>A part of a stored document.</summary>
internal abstract record StoredRecord
{
    /// <summary>Members that a newer version added.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Kept { get; set; }
}

/// <summary>The image as it was at create.</summary>
internal sealed record StoredImage : StoredRecord
{
    public required string Reference { get; init; }

    public required string Id { get; init; }

    public string? Digest { get; init; }
}

/// <summary>What runs.</summary>
internal sealed record StoredProcess : StoredRecord
{
    public IReadOnlyList<string>? Entrypoint { get; init; }

    public IReadOnlyList<string>? Command { get; init; }

    public IReadOnlyList<string>? Env { get; init; }

    public required string WorkingDir { get; init; }

    public required string User { get; init; }

    /// <summary>Its number (man 7 signal).</summary>
    public required int StopSignal { get; init; }
}

/// <summary>Layers of the root file system, the top one first.</summary>
internal sealed record StoredRootFs : StoredRecord
{
    public IReadOnlyList<string>? LowerDirs { get; init; }

    public bool ReadOnly { get; init; }
}

/// <summary>A namespace of a container.</summary>
internal sealed record StoredNamespace : StoredRecord
{
    public required string Type { get; init; }

    public string? Path { get; init; }

    public string? SharedWith { get; init; }

    public bool IsHost { get; init; }
}

/// <summary>What a container may do.</summary>
internal sealed record StoredSecurity : StoredRecord
{
    public bool Privileged { get; init; }

    public IReadOnlyList<string>? Capabilities { get; init; }

    public required string SeccompProfile { get; init; }

    public string? AppArmorProfile { get; init; }

    public string? SeLinuxLabel { get; init; }

    public bool NoNewPrivileges { get; init; }

    public bool ReadonlyRootfs { get; init; }

    public IReadOnlyList<string>? MaskedPaths { get; init; }

    public IReadOnlyList<string>? ReadonlyPaths { get; init; }
}

/// <summary>Documents of this room.</summary>
[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    UseStringEnumConverter = true
)]
[JsonSerializable(typeof(StoredContainer))]
[JsonSerializable(typeof(StartRecord))]
internal sealed partial class StoredJson : JsonSerializerContext;
