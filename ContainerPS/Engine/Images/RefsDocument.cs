using System.Text.Json;
using System.Text.Json.Serialization;
using ContainerPS.Engine.Common;

namespace ContainerPS.Engine.Images;

/// <summary>What a name stands for. Without a name: a dangling image, kept until it is removed.</summary>
internal sealed record RefEntry
{
    /// <summary>The whole name, or null.</summary>
    public string? Name { get; init; }

    /// <summary>Of the manifest or index.</summary>
    public required Digest Digest { get; init; }

    public required string MediaType { get; init; }

    public required long Size { get; init; }

    public string? ArtifactType { get; init; }

    /// <summary>The descriptor's own, as its source had them.</summary>
    public Dictionary<string, string>? Annotations { get; init; }

    public DateTimeOffset Added { get; init; }
}

/// <summary>One change of a name: a line of <c>refs-history.jsonl</c>.</summary>
internal sealed record RefChange
{
    public required DateTimeOffset Time { get; init; }

    /// <summary>tag, untag, delete, adopt.</summary>
    public required string Action { get; init; }

    public string? Name { get; init; }

    public Digest? Digest { get; init; }

    public Digest? Previous { get; init; }
}

/// <summary><c>refs.json</c>: the truth of tags, and what we last published of it in <c>index.json</c>.</summary>
internal sealed record RefsDocument
{
    public const int CurrentVersion = 1;

    public int SchemaVersion { get; init; } = CurrentVersion;

    public IReadOnlyList<RefEntry> Images { get; init; } = [];

    /// <summary>
    /// Digest of the index.json that belongs to this document: anything else there is foreign, or a crash before it was written.
    /// </summary>
    public Digest? PublishedIndex { get; init; }

    /// <summary>What the last change took away. Found in a stale index.json it is no addition by others.</summary>
    public IReadOnlyList<RefEntry> Retired { get; init; } = [];

    /// <summary>This document with another list of images: notes what was retired.</summary>
    public RefsDocument With(IReadOnlyList<RefEntry> images) =>
        this with
        {
            Images = images,
            Retired = [.. Images.Where(old => !images.Any(kept => SameName(kept, old)))],
        };

    public static bool SameName(RefEntry x, RefEntry y) => x.Digest == y.Digest && string.Equals(x.Name, y.Name, StringComparison.Ordinal);

    /// <exception cref="ContainerStorageException"><see cref="ErrorIds.StoreCorrupt"/>.</exception>
    public static RefsDocument Read(string path)
    {
        if (!File.Exists(path))
        {
            return new RefsDocument();
        }

        try
        {
            RefsDocument document = JsonSerializer.Deserialize(File.ReadAllBytes(path), RefsJson.Default.RefsDocument)!;
            return document.SchemaVersion <= CurrentVersion ? document : throw TooNew(path, document.SchemaVersion);
        }
        catch (JsonException failure)
        {
            throw new ContainerStorageException(
                ErrorIds.StoreCorrupt,
                $"The list of image names '{path}' is damaged: {failure.Message}",
                path,
                "Move it away: the images that oci/index.json lists are then taken in anew.",
                failure
            );
        }
    }

    /// <summary>Replaces the file, durably.</summary>
    public void Write(string path) => AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(this, RefsJson.Default.RefsDocument));

    private static ContainerStorageException TooNew(string path, int version) =>
        new(
            ErrorIds.StoreCorrupt,
            $"The list of image names '{path}' has the schema version {version}; this program knows {CurrentVersion}.",
            path,
            "Use the newer ContainerPS that wrote it."
        );
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true
)]
[JsonSerializable(typeof(RefsDocument))]
internal sealed partial class RefsJson : JsonSerializerContext;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(RefChange))]
internal sealed partial class RefChangeJson : JsonSerializerContext;
