using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ContainerPS.Engine.Common;

namespace ContainerPS.Engine.Images;

/// <summary>One layer as manifest and configuration together describe it.</summary>
internal sealed record LayerContent(OciDescriptor Descriptor, Digest Digest, Digest DiffId, Digest ChainId);

/// <summary>What a digest of the store leads to: the documents of one image, parsed, each verified against its digest.</summary>
internal sealed record ImageContent
{
    /// <summary>Of what the name stands for: manifest or index.</summary>
    public required Digest Digest { get; init; }

    public required OciManifest Top { get; init; }

    /// <summary>Of the manifest for the platform; equal to <see cref="Digest"/> for a plain image.</summary>
    public required Digest ManifestDigest { get; init; }

    /// <summary>Null when an index has no manifest in the store.</summary>
    public OciManifest? Manifest { get; init; }

    public Digest ConfigDigest { get; init; }

    /// <summary>Null for an artifact.</summary>
    public OciImageConfig? Config { get; init; }

    public IReadOnlyList<LayerContent> Layers { get; init; } = [];

    /// <summary>Docker's image id; an artifact's configuration is the same "{}" for all, so its manifest counts.</summary>
    public Digest Id => Config is null ? ManifestDigest : ConfigDigest;

    /// <summary>Reads an image's documents.</summary>
    /// <param name="read">Gives a document by digest, verified.</param>
    /// <param name="present">Tells whether a blob is there.</param>
    /// <param name="digest">Of the manifest or index.</param>
    /// <param name="platform">Which manifest of an index; null: this host's.</param>
    public static ImageContent Read(Func<Digest, byte[]> read, Func<Digest, bool> present, Digest digest, string? platform = null)
    {
        OciManifest top = ParseManifest(read(digest), digest);
        if (!top.IsIndex)
        {
            return Complete(
                read,
                new ImageContent
                {
                    Digest = digest,
                    Top = top,
                    ManifestDigest = digest,
                    Manifest = top,
                }
            );
        }

        Digest? chosen = Platforms.Choose(top, present, child => ParseManifest(read(child), child), platform);
        if (chosen is not { } manifest)
        {
            return new ImageContent
            {
                Digest = digest,
                Top = top,
                ManifestDigest = digest,
            };
        }

        return Complete(
            read,
            new ImageContent
            {
                Digest = digest,
                Top = top,
                ManifestDigest = manifest,
                Manifest = ParseManifest(read(manifest), manifest),
            }
        );
    }

    /// <summary>The manifest of an image that we make ourselves; the same parts give the same bytes.</summary>
    public static byte[] NewManifest(StagedBlob config, List<OciDescriptor> layers) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new OciManifest
            {
                SchemaVersion = 2,
                MediaType = MediaTypes.OciManifest,
                Config = new OciDescriptor
                {
                    MediaType = MediaTypes.OciConfig,
                    Digest = config.Digest.ToString(),
                    Size = config.Size,
                },
                Layers = layers,
            },
            OciImageJson.Plain.OciManifest
        );

    /// <exception cref="ContainerStorageException"><see cref="ErrorIds.ImageInvalid"/>.</exception>
    public static OciManifest ParseManifest(ReadOnlySpan<byte> document, Digest digest)
    {
        OciManifest manifest = Parse(document, OciImageJson.Default.OciManifest, $"The manifest {digest}");
        // A document that is both would be read as one thing by us and as another by somebody else (CVE-2021-41190).
        if (manifest.Manifests is not null && (manifest.Layers is not null || manifest.Config is not null))
        {
            throw Invalid($"The document {digest} is an index and a manifest at once.");
        }

        if (manifest.Manifests is null && manifest.Config is null)
        {
            throw Invalid($"The document {digest} is neither an index nor an image manifest.");
        }

        return manifest;
    }

    public static ContainerStorageException Invalid(string problem, Exception? inner = null) =>
        new(ErrorIds.ImageInvalid, problem, null, null, inner);

    /// <summary>Everything that the digest leads to, itself included, as far as it is there.</summary>
    public static void Collect(BlobStore blobs, Digest digest, HashSet<Digest> into, HashSet<Digest> chains)
    {
        if (!into.Add(digest) || TryParse(blobs, digest) is not { } manifest)
        {
            return;
        }

        foreach (OciDescriptor child in manifest.Manifests ?? [])
        {
            if (Digest.TryParse(child.Digest, out Digest below))
            {
                Collect(blobs, below, into, chains);
            }
        }

        if (manifest.IsIndex)
        {
            return;
        }

        foreach (OciDescriptor? descriptor in (manifest.Layers ?? []).Append(manifest.Config!))
        {
            if (Digest.TryParse(descriptor.Digest, out Digest below))
            {
                into.Add(below);
            }
        }

        foreach (LayerContent layer in TryLayers(blobs, digest, manifest))
        {
            chains.Add(layer.ChainId);
        }
    }

    private static OciManifest? TryParse(BlobStore blobs, Digest digest)
    {
        try
        {
            return blobs.Contains(digest) ? ParseManifest(blobs.ReadDocument(digest), digest) : null;
        }
        catch (ContainerStorageException)
        {
            // A damaged image leads nowhere; it is to be removed and brought again.
            return null;
        }
    }

    /// <summary>True when nothing is missing of what the digest leads to, but for platforms of an index.</summary>
    public static bool IsWhole(BlobStore blobs, Digest digest)
    {
        try
        {
            if (!blobs.Contains(digest))
            {
                return false;
            }

            OciManifest manifest = ParseManifest(blobs.ReadDocument(digest), digest);
            if (manifest.Manifests is { } children)
            {
                return children.Any(child => Digest.TryParse(child.Digest, out Digest below) && IsWhole(blobs, below));
            }

            return (manifest.Layers ?? [])
                .Append(manifest.Config!)
                .All(part =>
                    MediaTypes.IsForeignLayer(part.MediaType)
                    || (Digest.TryParse(part.Digest, out Digest below) && blobs.Contains(below, part.Size))
                );
        }
        catch (ContainerStorageException)
        {
            return false;
        }
    }

    /// <summary>image-spec config.md, "Layer ChainID".</summary>
    public static Digest Chain(Digest below, Digest diffId) =>
        below.IsEmpty ? diffId : Digest.FromHash(SHA256.HashData(Encoding.ASCII.GetBytes($"{below} {diffId}")));

    public static OciImageConfig ParseConfig(ReadOnlySpan<byte> document, string name) =>
        Parse(document, OciImageJson.Default.OciImageConfig, $"The image configuration {name}");

    private static IReadOnlyList<LayerContent> TryLayers(BlobStore blobs, Digest digest, OciManifest manifest)
    {
        try
        {
            return Complete(
                blobs.ReadDocument,
                new ImageContent
                {
                    Digest = digest,
                    Top = manifest,
                    ManifestDigest = digest,
                    Manifest = manifest,
                }
            ).Layers;
        }
        catch (ContainerStorageException)
        {
            return [];
        }
    }

    private static ImageContent Complete(Func<Digest, byte[]> read, ImageContent content)
    {
        OciDescriptor descriptor = content.Manifest!.Config!;
        Digest configDigest = ParseDigest(descriptor.Digest, "configuration");
        if (!MediaTypes.IsImageConfig(descriptor.MediaType))
        {
            return content with { ConfigDigest = configDigest };
        }

        OciImageConfig config = ParseConfig(read(configDigest), configDigest.ToString());
        return content with { ConfigDigest = configDigest, Config = config, Layers = PairLayers(content.Manifest, config, configDigest) };
    }

    private static List<LayerContent> PairLayers(OciManifest manifest, OciImageConfig config, Digest configDigest)
    {
        List<OciDescriptor> layers = manifest.Layers ?? [];
        List<string> diffIds = config.Rootfs?.DiffIds ?? [];
        if (layers.Count != diffIds.Count)
        {
            throw Invalid($"The manifest has {layers.Count} layers, its configuration {configDigest} has {diffIds.Count}.");
        }

        var result = new List<LayerContent>(layers.Count);
        Digest chain = default;
        for (int i = 0; i < layers.Count; i++)
        {
            Digest diffId = ParseDigest(diffIds[i], "diff id");
            chain = Chain(chain, diffId);
            result.Add(new LayerContent(layers[i], ParseDigest(layers[i].Digest, "layer"), diffId, chain));
        }

        return result;
    }

    public static Digest ParseDigest(string text, string what) =>
        Digest.TryParse(text, out Digest digest) ? digest : throw Invalid($"'{text}' is no sha256 digest of a {what}.");

    private static T Parse<T>(ReadOnlySpan<byte> document, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, string what)
    {
        try
        {
            return JsonSerializer.Deserialize(document, type) ?? throw Invalid($"{what} is empty.");
        }
        catch (JsonException failure)
        {
            throw Invalid($"{what} is malformed: {failure.Message}", failure);
        }
    }
}
