using System.Text.Json;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Layers;

namespace ContainerPS.Engine.Images.Import;

/// <summary>
/// Takes in what docker save and podman save write: manifest.json with configurations and plain layers. It has no OCI manifest: one is
/// made, always the same for the same image.
/// </summary>
internal sealed class DockerArchiveImporter(
    ImportSource source,
    StoreLocation store,
    BlobStore blobs,
    StoreLease lease,
    ImportOptions options,
    CancellationToken cancellation
) : Importer(source, store, blobs, lease, options, cancellation)
{
    private readonly Dictionary<string, OciDescriptor> _layers = new(StringComparer.Ordinal);

    public override void Run()
    {
        List<DockerArchiveImage> images = ParseManifest();
        if (images.Count == 0)
        {
            throw ImageContent.Invalid($"The manifest.json of '{Source.Path}' lists no image.");
        }

        RequireOneForName(images.Count);
        foreach (DockerArchiveImage image in images)
        {
            Take(image);
        }
    }

    private List<DockerArchiveImage> ParseManifest()
    {
        try
        {
            return JsonSerializer.Deserialize(Source.ReadDocument("manifest.json"), OciImageJson.Default.ListDockerArchiveImage) ?? [];
        }
        catch (JsonException failure)
        {
            throw ImageContent.Invalid($"The manifest.json of '{Source.Path}' is malformed: {failure.Message}", failure);
        }
    }

    private void Take(DockerArchiveImage image)
    {
        byte[] configBytes = Source.ReadDocument(image.Config);
        StagedBlob config = Blobs.Stage(Lease, configBytes);
        Add(config);
        List<string> diffIds = ImageContent.ParseConfig(configBytes, image.Config).Rootfs?.DiffIds ?? [];
        List<string> paths = image.Layers ?? [];
        if (diffIds.Count != paths.Count)
        {
            throw ImageContent.Invalid(
                $"The image {image.Config} of '{Source.Path}' lists {paths.Count} layers, its configuration {diffIds.Count}."
            );
        }

        LayerLimits.RequireImported(paths.Count, Source.Path);
        var digests = diffIds.Select(diffId => ImageContent.ParseDigest(diffId, "diff id")).ToList();
        var layers = paths.Select((path, index) => TakeLayer(path, digests[index])).ToList();
        StagedBlob manifest = Blobs.Stage(Lease, ImageContent.NewManifest(config, layers));
        Add(manifest);
        AddEntry(manifest, MediaTypes.OciManifest, Names(image));
    }

    private OciDescriptor TakeLayer(string path, Digest diffId)
    {
        if (_layers.TryGetValue(path, out OciDescriptor? known))
        {
            return known;
        }

        using Stream content = Source.TryOpen(path) ?? throw ImageContent.Invalid($"'{Source.Path}' lacks the layer {path}.");
        Compression compression = CompressionFormat.Recognise(content);
        if (compression is Compression.None)
        {
            Know([new OciDescriptor { Digest = diffId.ToString(), Size = content.Length }]);
        }

        long size = content.Length;
        Digest digest = diffId;
        if (compression is not Compression.None || !IsHere(diffId))
        {
            StagedBlob staged = Copy(content, diffId.Hex[..12]);
            if (compression is Compression.None && staged.Digest != diffId)
            {
                throw new ContainerStorageException(
                    ErrorIds.LayerDigestMismatch,
                    $"The layer {path} of '{Source.Path}' has the digest {staged.Digest} instead of {diffId}.",
                    diffId.ToString(),
                    "Nothing of it was kept. Take the image from its source anew."
                );
            }

            Add(staged);
            (digest, size) = (staged.Digest, staged.Size);
        }

        return _layers[path] = new OciDescriptor
        {
            MediaType = CompressionFormat.MediaType(compression),
            Digest = digest.ToString(),
            Size = size,
        };
    }

    private List<string?> Names(DockerArchiveImage image)
    {
        if (Options.Name is { } name)
        {
            return [name.FullName];
        }

        List<string?> names =
        [
            .. (image.RepoTags ?? [])
                .Select(tag => ImageReference.TryParse(tag, out ImageReference? reference) ? reference.FullName : null)
                .Where(name => name is not null),
        ];
        if (names.Count == 0)
        {
            names.Add(null);
        }

        return names;
    }
}
