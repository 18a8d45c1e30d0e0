using System.Text.Json;
using System.Text.Json.Serialization;

namespace ContainerPS.Engine.Images;

/// <summary>image-spec descriptor.md.</summary>
internal sealed record OciDescriptor
{
    public string MediaType { get; init; } = "";

    public string Digest { get; init; } = "";

    public long Size { get; init; }

    public OciPlatform? Platform { get; init; }

    public Dictionary<string, string>? Annotations { get; init; }

    public string? ArtifactType { get; init; }

    public List<string>? Urls { get; init; }
}

/// <summary>image-spec image-index.md.</summary>
internal sealed record OciPlatform
{
    public string Architecture { get; init; } = "";

    public string Os { get; init; } = "";

    [JsonPropertyName("os.version")]
    public string? OsVersion { get; init; }

    public string? Variant { get; init; }

    public override string ToString() =>
        Architecture.Length + Os.Length == 0 ? "" : $"{Os}/{Architecture}{(Variant is { Length: > 0 } ? "/" + Variant : "")}";
}

/// <summary>image-spec manifest.md and image-index.md in one: which it is, its members say; media types are checked elsewhere.</summary>
internal sealed record OciManifest
{
    public int SchemaVersion { get; init; }

    public string? MediaType { get; init; }

    public string? ArtifactType { get; init; }

    public OciDescriptor? Config { get; init; }

    public List<OciDescriptor>? Layers { get; init; }

    public List<OciDescriptor>? Manifests { get; init; }

    public OciDescriptor? Subject { get; init; }

    public Dictionary<string, string>? Annotations { get; init; }

    [JsonIgnore]
    public bool IsIndex => Manifests is not null;
}

/// <summary>image-spec config.md, with Docker's additions.</summary>
internal sealed record OciImageConfig
{
    public DateTimeOffset? Created { get; init; }

    public string? Author { get; init; }

    public string? Architecture { get; init; }

    public string? Variant { get; init; }

    public string? Os { get; init; }

    [JsonPropertyName("os.version")]
    public string? OsVersion { get; init; }

    public string? Comment { get; init; }

    public OciContainerConfig? Config { get; init; }

    public OciRootFs? Rootfs { get; init; }

    public List<OciHistory>? History { get; init; }
}

internal sealed record OciRootFs
{
    public string Type { get; init; } = "layers";

    [JsonPropertyName("diff_ids")]
    public List<string>? DiffIds { get; init; }
}

internal sealed record OciHistory
{
    public DateTimeOffset? Created { get; init; }

    [JsonPropertyName("created_by")]
    public string? CreatedBy { get; init; }

    public string? Author { get; init; }

    public string? Comment { get; init; }

    [JsonPropertyName("empty_layer")]
    public bool? EmptyLayer { get; init; }
}

/// <summary>The part with Pascal-cased names: Docker's own container configuration.</summary>
internal sealed record OciContainerConfig
{
    [JsonPropertyName("User")]
    public string? User { get; init; }

    [JsonPropertyName("ExposedPorts")]
    public Dictionary<string, JsonElement>? ExposedPorts { get; init; }

    [JsonPropertyName("Env")]
    public List<string>? Env { get; init; }

    [JsonPropertyName("Entrypoint")]
    public List<string>? Entrypoint { get; init; }

    [JsonPropertyName("Cmd")]
    public List<string>? Cmd { get; init; }

    [JsonPropertyName("Volumes")]
    public Dictionary<string, JsonElement>? Volumes { get; init; }

    [JsonPropertyName("WorkingDir")]
    public string? WorkingDir { get; init; }

    [JsonPropertyName("Labels")]
    public Dictionary<string, string>? Labels { get; init; }

    [JsonPropertyName("StopSignal")]
    public string? StopSignal { get; init; }

    [JsonPropertyName("Healthcheck")]
    public DockerHealthcheck? Healthcheck { get; init; }
}

/// <summary>Durations in nanoseconds.</summary>
internal sealed record DockerHealthcheck
{
    [JsonPropertyName("Test")]
    public List<string>? Test { get; init; }

    [JsonPropertyName("Interval")]
    public long? Interval { get; init; }

    [JsonPropertyName("Timeout")]
    public long? Timeout { get; init; }

    [JsonPropertyName("StartPeriod")]
    public long? StartPeriod { get; init; }

    [JsonPropertyName("StartInterval")]
    public long? StartInterval { get; init; }

    [JsonPropertyName("Retries")]
    public int? Retries { get; init; }
}

/// <summary>One image of a docker-archive's <c>manifest.json</c>.</summary>
internal sealed record DockerArchiveImage
{
    public string Config { get; init; } = "";

    public List<string>? RepoTags { get; init; }

    public List<string>? Layers { get; init; }
}

/// <summary>Names of documents and content.</summary>
internal static class MediaTypes
{
    public const string OciManifest = "application/vnd.oci.image.manifest.v1+json";
    public const string OciIndex = "application/vnd.oci.image.index.v1+json";
    public const string OciConfig = "application/vnd.oci.image.config.v1+json";
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
    public const string DockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json";
    public const string DockerConfig = "application/vnd.docker.container.image.v1+json";

    public static bool IsImageConfig(string? mediaType) => mediaType is OciConfig or DockerConfig;

    /// <summary>Layers that their publisher lets nobody pass on: the registry has them not, the store may lack them.</summary>
    public static bool IsForeignLayer(string? mediaType) =>
        mediaType is not null
        && (mediaType.Contains("nondistributable", StringComparison.Ordinal) || mediaType.Contains(".foreign.", StringComparison.Ordinal));
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    PropertyNameCaseInsensitive = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(OciManifest))]
[JsonSerializable(typeof(OciImageConfig))]
[JsonSerializable(typeof(List<DockerArchiveImage>))]
[JsonSerializable(typeof(List<OciDescriptor>))]
internal sealed partial class OciImageJson : JsonSerializerContext
{
    private static OciImageJson? _plain;

    /// <summary>For writing: media types keep their plus sign (the default encoder escapes it for HTML).</summary>
    public static OciImageJson Plain =>
        _plain ??= new OciImageJson(
            new JsonSerializerOptions
            {
                PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
                DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
                Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            }
        );
}
