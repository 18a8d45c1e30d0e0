using System.Text.Json;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Layers;

namespace ContainerPS.Engine.Images;

/// <summary>
/// The store while its lock is held: the refs as they are, what others added to <c>index.json</c> taken in, left-overs of crashes cleaned.
/// Short: no blob is read or unpacked under it.
/// </summary>
/// <remarks>
/// Order of writing: blobs and layers, then refs.json, then index.json. A crash between leaves blobs without a name (deleted by the next
/// removal) or an index.json that the next session writes again.
/// </remarks>
internal sealed class StoreSession : IDisposable
{
    private readonly StoreLocation _store;
    private readonly BlobStore _blobs;
    private readonly ObjectLock _lock;

    private StoreSession(StoreLocation store, BlobStore blobs, ObjectLock held)
    {
        _store = store;
        _blobs = blobs;
        _lock = held;
    }

    public RefsDocument Refs { get; private set; } = new();

    public static StoreSession Open(StoreLocation store, string purpose, CancellationToken cancellation = default)
    {
        var blobs = new BlobStore(store);
        var session = new StoreSession(store, blobs, ObjectLock.AcquireStore(store, purpose, cancellation: cancellation));
        try
        {
            session.Begin();
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Writes another list of images, and index.json after it.</summary>
    public void Commit(IReadOnlyList<RefEntry> images, params IEnumerable<RefChange> changes)
    {
        byte[] index = OciLayout.Index(images);
        Refs = Refs.With(images) with { PublishedIndex = Digest.Of(index) };
        Refs.Write(_store.RefsFile);
        AtomicFile.Write(OciLayout.IndexPath(_store), index);
        RefsHistory.Append(_store, changes);
    }

    public void Dispose() => _lock.Dispose();

    private void Begin()
    {
        OciLayout.Ensure(_store);
        HashSet<string> alive = StoreLease.Sweep(_store);
        _blobs.Sweep(alive);
        new LayerStore(_store).Sweep(alive);
        Refs = RefsDocument.Read(_store.RefsFile);
        Reconcile();
    }

    private void Reconcile()
    {
        string path = OciLayout.IndexPath(_store);
        byte[] present = File.Exists(path) ? File.ReadAllBytes(path) : [];
        if (Refs.PublishedIndex is { } published && Digest.Of(present) == published)
        {
            return;
        }

        List<RefEntry> adopted = Adoptable(present);
        Commit(
            OciLayout.Merge(Refs.Images, adopted),
            adopted.Select(entry => new RefChange
            {
                Time = DateTimeOffset.UtcNow,
                Action = "adopt",
                Name = entry.Name,
                Digest = entry.Digest,
            })
        );
    }

    /// <summary>What another program added to the layout: whole, and not what we took away ourselves just before a crash.</summary>
    private List<RefEntry> Adoptable(byte[] index)
    {
        List<OciDescriptor> descriptors;
        try
        {
            descriptors = index.Length == 0 ? [] : JsonSerializer.Deserialize(index, OciImageJson.Default.OciManifest)?.Manifests ?? [];
        }
        catch (JsonException)
        {
            // Cut short while a foreign program wrote it (it truncates and writes): ours is written again.
            return [];
        }

        return
        [
            .. descriptors
                .Select(OciLayout.EntryOf)
                .OfType<RefEntry>()
                .Where(entry => !Refs.Images.Concat(Refs.Retired).Any(known => RefsDocument.SameName(known, entry)))
                .Where(entry => ImageContent.IsWhole(_blobs, entry.Digest)),
        ];
    }
}
