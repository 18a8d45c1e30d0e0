using System.Text.Json;
using System.Text.Json.Serialization;
using ContainerPS.Engine.Common;

namespace ContainerPS.Engine.Layers;

/// <summary>
/// <c>layer.json</c>: what is known of an unpacked layer. Schema 1 had <c>schemaVersion</c>; schema 2 has <c>schema</c> and
/// <c>minReader</c>.
/// </summary>
public sealed record LayerDocument
{
    public const string FileName = "layer.json";
    public const int CurrentSchema = 2;

    /// <summary>Versions before this one would misread what this one writes.</summary>
    public const int OldestReader = 1;

    /// <summary>Null before it is written, and in documents of schema 1.</summary>
    public int? Schema { get; init; }

    public int? MinReader { get; init; }

    /// <summary>Of schema 1.</summary>
    public int? SchemaVersion { get; init; }

    public required Digest ChainId { get; init; }

    public required Digest DiffId { get; init; }

    /// <summary>Of the uncompressed archive, bytes.</summary>
    public required long Size { get; init; }

    /// <summary>About what the directory takes on disk, bytes.</summary>
    public required long DiskUsage { get; init; }

    /// <summary>Names of extended attributes that the file system could not hold.</summary>
    public IReadOnlyList<string>? LostAttributes { get; init; }

    /// <summary>Members that a newer version added.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    /// <exception cref="ContainerStorageException">
    /// <see cref="ErrorIds.StoreCorrupt"/>: damaged, or only a newer version reads it.
    /// </exception>
    public static LayerDocument Read(string path)
    {
        try
        {
            LayerDocument document =
                JsonSerializer.Deserialize(
                    RegularFile.TryReadDocument(path) ?? throw new JsonException("it is missing"),
                    LayerJson.Default.LayerDocument
                ) ?? throw new JsonException("it is empty");
            DocumentSchema.Require(
                $"The layer's document '{path}'",
                path,
                document.Schema ?? document.SchemaVersion,
                document.MinReader,
                CurrentSchema
            );
            return document;
        }
        catch (JsonException failure)
        {
            throw new ContainerStorageException(
                ErrorIds.StoreCorrupt,
                $"The layer's document '{path}' is damaged: {failure.Message}",
                path,
                "The layer itself may be whole. Remove the image by force when no container needs it, and import it again.",
                failure
            );
        }
    }

    public void Write(string directory) =>
        AtomicFile.Write(
            Path.Combine(directory, FileName),
            JsonSerializer.SerializeToUtf8Bytes(
                this with
                {
                    Schema = Math.Max(Schema ?? 1, CurrentSchema),
                    MinReader = Math.Max(MinReader ?? 1, OldestReader),
                    SchemaVersion = null,
                },
                LayerJson.Default.LayerDocument
            ),
            durable: false
        );
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(LayerDocument))]
internal sealed partial class LayerJson : JsonSerializerContext;
