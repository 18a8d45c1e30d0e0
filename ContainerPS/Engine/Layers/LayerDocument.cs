using System.Text.Json;
using System.Text.Json.Serialization;
using ContainerPS.Engine.Common;

namespace ContainerPS.Engine.Layers;

/// <summary><c>layer.json</c>: what is known of an unpacked layer. Ours, with a schema version.</summary>
public sealed record LayerDocument
{
    public const string FileName = "layer.json";
    public const int CurrentVersion = 1;

    public int SchemaVersion { get; init; } = CurrentVersion;

    public required Digest ChainId { get; init; }

    public required Digest DiffId { get; init; }

    /// <summary>Of the uncompressed archive, bytes.</summary>
    public required long Size { get; init; }

    /// <summary>About what the directory takes on disk, bytes.</summary>
    public required long DiskUsage { get; init; }

    /// <summary>Names of extended attributes that the file system could not hold.</summary>
    public IReadOnlyList<string>? LostAttributes { get; init; }

    /// <exception cref="ContainerStorageException"><see cref="ErrorIds.StoreCorrupt"/>.</exception>
    public static LayerDocument Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), LayerJson.Default.LayerDocument)!;
        }
        catch (JsonException failure)
        {
            throw new ContainerStorageException(
                ErrorIds.StoreCorrupt,
                $"The layer's document '{path}' is damaged: {failure.Message}",
                path,
                "Remove the image and bring it again.",
                failure
            );
        }
    }

    public void Write(string directory) =>
        AtomicFile.Write(
            Path.Combine(directory, FileName),
            JsonSerializer.SerializeToUtf8Bytes(this, LayerJson.Default.LayerDocument),
            durable: false
        );
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(LayerDocument))]
internal sealed partial class LayerJson : JsonSerializerContext;
