using ContainerPS.Engine.Common;
using ContainerPS.Engine.Layers;

namespace ContainerPS.Engine.Images.Import;

/// <summary>What one import gathers before anything of it is visible: staged blobs by digest, and the names to be.</summary>
internal abstract class Importer(
    ImportSource source,
    StoreLocation store,
    BlobStore blobs,
    StoreLease lease,
    ImportOptions options,
    CancellationToken cancellation
)
{
    private const int BufferSize = 1 << 20;

    private readonly Dictionary<Digest, StagedBlob> _staged = [];
    private readonly HashSet<Digest> _known = [];

    public IReadOnlyCollection<StagedBlob> Staged => _staged.Values;

    public List<RefEntry> Entries { get; } = [];

    protected ImportSource Source => source;

    protected BlobStore Blobs => blobs;

    protected StoreLease Lease => lease;

    protected ImportOptions Options => options;

    protected CancellationToken Cancellation => cancellation;

    /// <summary>Reads and stages everything.</summary>
    public abstract void Run();

    public static Importer Create(
        ImportSource source,
        StoreLocation store,
        BlobStore blobs,
        StoreLease lease,
        ImportOptions options,
        CancellationToken cancellation
    )
    {
        // docker save writes both since 25: the OCI part knows more.
        if (source.Contains("index.json") && source.Contains("oci-layout"))
        {
            return new OciLayoutImporter(source, store, blobs, lease, options, cancellation);
        }

        if (source.Contains("manifest.json"))
        {
            return new DockerArchiveImporter(source, store, blobs, lease, options, cancellation);
        }

        throw new ContainerStorageException(
            ErrorIds.ImageInvalid,
            $"'{source.Path}' is neither an OCI layout (index.json, oci-layout) nor a docker-archive (manifest.json).",
            source.Path,
            "An archive of a root file system becomes an image by New-Image -RootFs."
        );
    }

    /// <summary>A document of the import, wherever it is by now.</summary>
    public byte[] ReadDocument(Digest digest) =>
        _staged.TryGetValue(digest, out StagedBlob? blob) ? File.ReadAllBytes(blob.Path) : blobs.ReadDocument(digest);

    public bool Contains(Digest digest) => _staged.ContainsKey(digest) || blobs.Contains(digest);

    public Stream OpenLayer(LayerContent layer) =>
        _staged.TryGetValue(layer.Digest, out StagedBlob? blob)
            ? new FileStream(
                blob.Path,
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete,
                1,
                FileOptions.SequentialScan
            )
            : blobs.Open(layer.Digest);

    /// <summary>Protects what the store has already of these, and remembers that it need not be taken again.</summary>
    protected void Know(IEnumerable<OciDescriptor> descriptors)
    {
        var wanted = descriptors
            .Select(descriptor => (Digest: ImageContent.ParseDigest(descriptor.Digest, "blob"), descriptor.Size))
            .ToList();
        using var session = StoreSession.Open(store, $"importing {source.Path}", cancellation);
        lease.Protect(wanted.Select(item => item.Digest));
        foreach ((Digest digest, long size) in wanted)
        {
            if (blobs.Contains(digest, size))
            {
                _known.Add(digest);
            }
        }
    }

    protected bool IsHere(Digest digest) => _known.Contains(digest) || _staged.ContainsKey(digest);

    protected void Add(StagedBlob blob) => _staged[blob.Digest] = blob;

    /// <summary>Copies a file of the source into staging, hashing on the way.</summary>
    protected StagedBlob Copy(Stream content, string name)
    {
        using FileStream file = blobs.Stage(lease, out string? path);
        using var hashing = new HashingStream(
            content,
            file,
            done => options.Progress?.Report(new WorkProgress("Importing", name, done, content.Length))
        );
        byte[] buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (hashing.Read(buffer) > 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }

        return new StagedBlob(hashing.Digest, hashing.Count, path);
    }

    protected void AddEntry(StagedBlob manifest, string mediaType, IReadOnlyList<string?> names, OciDescriptor? descriptor = null)
    {
        DateTimeOffset added = DateTimeOffset.UtcNow;
        foreach (string? name in names)
        {
            Entries.Add(
                new RefEntry
                {
                    Name = name,
                    Digest = manifest.Digest,
                    MediaType = mediaType,
                    Size = manifest.Size,
                    ArtifactType = descriptor?.ArtifactType,
                    Annotations = OciLayout.Foreign(descriptor?.Annotations),
                    Added = added,
                }
            );
        }
    }

    /// <summary>The user's name counts for a source with one image; for several it would be ambiguous.</summary>
    protected void RequireOneForName(int images)
    {
        if (options.Name is null || images == 1)
        {
            return;
        }

        throw new EngineException(
            ErrorIds.ArgumentInvalid,
            EngineErrorKind.InvalidArgument,
            $"'{source.Path}' has {images} images: the name '{options.Name}' cannot be given to all of them.",
            options.Name.ToString(),
            "Leave the name out and tag afterwards."
        );
    }
}
