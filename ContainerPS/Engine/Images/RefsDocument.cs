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

    /// <summary>Members that a newer version added: an older one that changes the list keeps them.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
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

/// <summary>
/// <c>refs.json</c>: the truth of tags, and what we last published of it in <c>index.json</c>. Schema 1 had <c>schemaVersion</c>; schema 2
/// has <c>schema</c> and <c>minReader</c>.
/// </summary>
internal sealed record RefsDocument
{
    public const int CurrentSchema = 2;

    /// <summary>Versions before this one would misread what this one writes.</summary>
    public const int OldestReader = 1;

    /// <summary>Null before it is written, and in documents of schema 1.</summary>
    public int? Schema { get; init; }

    public int? MinReader { get; init; }

    /// <summary>Of schema 1.</summary>
    public int? SchemaVersion { get; init; }

    public IReadOnlyList<RefEntry> Images { get; init; } = [];

    /// <summary>
    /// Digest of the index.json that belongs to this document: anything else there is foreign, or a crash before it was written.
    /// </summary>
    public Digest? PublishedIndex { get; init; }

    /// <summary>What the last change took away. Found in a stale index.json it is no addition by others.</summary>
    public IReadOnlyList<RefEntry> Retired { get; init; } = [];

    /// <summary>Members that a newer version added: an older one that changes the list keeps them.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    /// <summary>Why the file cannot be read; the images are then those of <c>index.json</c>, to be shown and not to be changed.</summary>
    [JsonIgnore]
    public string? Problem { get; init; }

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
        try
        {
            if (RegularFile.TryReadDocument(path) is not { } content)
            {
                return new RefsDocument();
            }

            RefsDocument document =
                JsonSerializer.Deserialize(content, RefsJson.Default.RefsDocument) ?? throw new JsonException("it is empty");
            DocumentSchema.Require(
                $"The list of image names '{path}'",
                path,
                document.Schema ?? document.SchemaVersion,
                document.MinReader,
                CurrentSchema
            );
            // The reader of JSON sets what is missing to null, whatever the type says.
            return document with { Images = Whole(document.Images), Retired = Whole(document.Retired) };
        }
        catch (JsonException failure)
        {
            throw new ContainerStorageException(
                ErrorIds.StoreCorrupt,
                $"The list of image names '{path}' is damaged: {failure.Message}",
                path,
                "Repair-ContainerStorage puts the list together again from oci/index.json.",
                failure
            );
        }
    }

    /// <summary>Replaces the file, durably.</summary>
    public void Write(string path) => AtomicFile.Write(path, ToJson());

    /// <summary>As it is written, with the versions that it has then.</summary>
    public byte[] ToJson() =>
        JsonSerializer.SerializeToUtf8Bytes(
            this with
            {
                Schema = Math.Max(Schema ?? 1, CurrentSchema),
                MinReader = Math.Max(MinReader ?? 1, OldestReader),
                SchemaVersion = null,
            },
            RefsJson.Default.RefsDocument
        );

    private static IReadOnlyList<RefEntry> Whole(IReadOnlyList<RefEntry>? entries) =>
        entries is null ? []
        : entries.All(entry => entry is not null && entry.MediaType is not null && !entry.Digest.IsEmpty) ? entries
        : throw new JsonException("an image has no digest or no media type");
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
