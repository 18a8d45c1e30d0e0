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
        RefsDocument refs = Refs.With(images) with { PublishedIndex = Digest.Of(index) };
        // Both are on disk before the first is replaced: a full disk changes neither.
        using var pendingRefs = AtomicFile.Pending.Begin(_store.RefsFile, refs.ToJson());
        using var pendingIndex = AtomicFile.Pending.Begin(OciLayout.IndexPath(_store), index);
        // Known before it is certain: an operation that fails now must not take away what the list may name already.
        Refs = refs;
        pendingRefs.Replace();
        pendingIndex.Replace();
        RefsHistory.Append(_store, changes);
    }

    public void Dispose()
    {
        _lock.Dispose();
        StoreTrash.Empty(_store);
    }

    private void Begin()
    {
        OciLayout.Ensure(_store);
        StoreTrash.Ensure(_store);
        HashSet<string> alive = StoreLease.Sweep(_store);
        _blobs.Sweep(alive);
        new LayerStore(_store).Sweep(alive);
        Refs = RefsDocument.Read(_store.RefsFile);
        Reconcile();
    }

    private void Reconcile()
    {
        byte[] present = OciLayout.ReadIndex(_store);
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
    private List<RefEntry> Adoptable(byte[] index) =>
        [
            .. OciLayout
                .Entries(index)
                .Where(entry => !Refs.Images.Concat(Refs.Retired).Any(known => RefsDocument.SameName(known, entry)))
                .Where(entry => ImageContent.IsWhole(_blobs, entry.Digest)),
        ];
}
