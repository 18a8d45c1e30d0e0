using ContainerPS.Engine.Common;
using ContainerPS.Engine.Images.Import;
using ContainerPS.Engine.Layers;

namespace ContainerPS.Engine.Images;

public sealed partial class ImageStore
{
    /// <summary>
    /// Takes in an OCI layout (directory or tar) or a docker-archive, also compressed: every image, every platform that is there, artifacts
    /// too. What this host can run is unpacked at once, so that damage shows now. All or nothing.
    /// </summary>
    /// <exception cref="ContainerStorageException">
    /// <see cref="ErrorIds.ImageInvalid"/>, <see cref="ErrorIds.LayerDigestMismatch"/>, <see cref="ErrorIds.LayerPathEscape"/>,
    /// <see cref="ErrorIds.LayerCorrupt"/>.
    /// </exception>
    public IReadOnlyList<Image> Import(string path, ImportOptions? options = null, CancellationToken cancellation = default) =>
        StoreFailure.Explain($"Importing '{path}'", path, () => TakeIn(path, options ?? new ImportOptions(), cancellation));

    /// <inheritdoc cref="Import"/>
    /// <remarks>Reads, decompresses and writes all the time: a thread of its own does it, and none of the pool's.</remarks>
    public Task<IReadOnlyList<Image>> ImportAsync(string path, ImportOptions? options = null, CancellationToken cancellation = default) =>
        Task.Factory.StartNew(
            () => Import(path, options, cancellation),
            cancellation,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );

    private List<Image> TakeIn(string path, ImportOptions options, CancellationToken cancellation)
    {
        using StoreLease lease = OpenLease($"importing {path}", [], cancellation);
        using var source = ImportSource.Open(path, _blobs, lease);
        var importer = Importer.Create(source, Location, _blobs, lease, options, cancellation);
        importer.Run();

        using LayerStore.PendingLayers pending = _layers.Unpack(
            Runnable(importer, lease, options),
            lease,
            Tell(options.Progress),
            cancellation
        );
        LayerStore.Sync(Location);
        using (var session = StoreSession.Open(Location, $"importing {path}", cancellation))
        {
            Keep(session, importer.Staged, pending.Publish, importer.Entries);
        }

        RefsDocument refs = ReadRefs();
        List<Image> images = [.. importer.Entries.Select(entry => Assemble(entry, refs, shares: null))];
        images.ForEach(image => Record(image, EventActions.Load));
        return images;
    }

    /// <summary>
    /// Gives everything its name: blobs, layers, then the images. When that fails (a full disk), what got its name here is taken away
    /// again: the store's lock is held, so that nobody can rely on it yet.
    /// </summary>
    private void Keep(
        StoreSession session,
        IEnumerable<StagedBlob> blobs,
        Action<List<Digest>> publishLayers,
        IReadOnlyList<RefEntry> entries
    )
    {
        var addedBlobs = new List<Digest>();
        var addedLayers = new List<Digest>();
        try
        {
            _blobs.Publish(blobs, addedBlobs);
            publishLayers(addedLayers);
            Commit(session, entries);
        }
        catch when (!entries.All(entry => session.Refs.Images.Any(known => RefsDocument.SameName(known, entry))))
        {
            addedLayers.ForEach(layer => _layers.Delete(layer));
            addedBlobs.ForEach(blob => _blobs.Delete(blob));
            throw;
        }
    }

    private List<LayerSource> Runnable(Importer importer, StoreLease lease, ImportOptions options)
    {
        var sources = new List<LayerSource>();
        foreach (Digest digest in importer.Entries.Select(entry => entry.Digest).Distinct())
        {
            var content = ImageContent.Read(importer.ReadDocument, importer.Contains, digest, options.Platform);
            if (options.Platform is not null && content.Top.IsIndex && content.Manifest is null)
            {
                throw new EngineException(
                    ErrorIds.ImageNotFound,
                    EngineErrorKind.NotFound,
                    $"The image has no manifest for {options.Platform}.",
                    options.Platform
                );
            }

            if (content.Config is { } config && Platforms.Runs(config))
            {
                sources.AddRange(Sources(content, importer.OpenLayer));
            }
        }

        using var session = StoreSession.Open(Location, "unpacking");
        lease.Protect(sources.Select(source => source.ChainId));
        return sources;
    }
}
