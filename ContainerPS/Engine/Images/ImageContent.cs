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
    public Digest Id => Manifest?.Config is { } config && MediaTypes.IsImageConfig(config.MediaType) ? ConfigDigest : ManifestDigest;

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
            return Complete(read, OfManifest(digest, top));
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

        // The reader of JSON lets a list have nulls, whatever its type says.
        if ((manifest.Manifests ?? []).Concat(manifest.Layers ?? []).Any(descriptor => descriptor is null))
        {
            throw Invalid($"The document {digest} has an empty descriptor.");
        }

        return manifest;
    }

    public static ContainerStorageException Invalid(string problem, Exception? inner = null) =>
        new(ErrorIds.ImageInvalid, problem, null, null, inner);

    /// <summary>An image, or a part of it, whose documents cannot be read.</summary>
    /// <param name="Problem">A sentence.</param>
    /// <param name="BlobsUnknown">Not only its layers cannot be told, but its blobs too.</param>
    public sealed record Unreadable(string Problem, bool BlobsUnknown);

    /// <summary>
    /// Everything that the digest leads to, itself included. What cannot be read may lead to anything: the result says so, and is null
    /// where all could be read. A platform of an index that was never brought is no gap.
    /// </summary>
    public static Unreadable? Collect(BlobStore blobs, Digest digest, HashSet<Digest> into, HashSet<Digest> chains) =>
        Collect(blobs, digest, into, chains, []);

    private static Unreadable? Collect(
        BlobStore blobs,
        Digest digest,
        HashSet<Digest> into,
        HashSet<Digest> chains,
        HashSet<Digest> visited
    )
    {
        into.Add(digest);
        if (!visited.Add(digest))
        {
            return null;
        }

        OciManifest manifest;
        try
        {
            manifest = ParseManifest(blobs.ReadDocument(digest), digest);
        }
        catch (ContainerStorageException failure)
        {
            return new Unreadable(failure.Message, BlobsUnknown: true);
        }

        return manifest.Manifests is { } children
            ? CollectChildren(blobs, digest, children, into, chains, visited)
            : CollectParts(blobs, digest, manifest, into, chains);
    }

    private static Unreadable? CollectChildren(
        BlobStore blobs,
        Digest index,
        List<OciDescriptor> children,
        HashSet<Digest> into,
        HashSet<Digest> chains,
        HashSet<Digest> visited
    )
    {
        Unreadable? problem = null;
        int present = 0;
        foreach (OciDescriptor child in children)
        {
            if (Digest.TryParse(child.Digest, out Digest below) && blobs.Contains(below))
            {
                present++;
                Unreadable? found = Collect(blobs, below, into, chains, visited);
                problem = problem is null || found is { BlobsUnknown: true } ? found ?? problem : problem;
            }
        }

        // An import brings at least one: when there is none, it was lost.
        return present == 0 ? new Unreadable($"None of the manifests of the index {index} is in the store.", BlobsUnknown: true) : problem;
    }

    private static Unreadable? CollectParts(
        BlobStore blobs,
        Digest digest,
        OciManifest manifest,
        HashSet<Digest> into,
        HashSet<Digest> chains
    )
    {
        foreach (OciDescriptor descriptor in (manifest.Layers ?? []).Append(manifest.Config!))
        {
            if (Digest.TryParse(descriptor.Digest, out Digest below))
            {
                into.Add(below);
            }
        }

        try
        {
            foreach (LayerContent layer in Complete(blobs.ReadDocument, OfManifest(digest, manifest)).Layers)
            {
                chains.Add(layer.ChainId);
            }

            return null;
        }
        catch (ContainerStorageException failure)
        {
            return new Unreadable(failure.Message, BlobsUnknown: false);
        }
    }

    /// <summary>As much of an image as can be read when not all of it can; null when nothing can.</summary>
    public static ImageContent? ReadPartly(BlobStore blobs, Digest digest)
    {
        try
        {
            OciManifest top = ParseManifest(blobs.ReadDocument(digest), digest);
            ImageContent content = OfManifest(digest, top);
            return top.IsIndex || !Digest.TryParse(top.Config!.Digest, out Digest config)
                ? content with
                {
                    Manifest = null,
                }
                : content with
                {
                    ConfigDigest = config,
                };
        }
        catch (ContainerStorageException)
        {
            // The caller has the reason already.
            return null;
        }
    }

    private static ImageContent OfManifest(Digest digest, OciManifest manifest) =>
        new()
        {
            Digest = digest,
            Top = manifest,
            ManifestDigest = digest,
            Manifest = manifest,
        };

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
