using ContainerPS.Engine.Common;
using ContainerPS.Engine.Events;
using ContainerPS.Engine.Layers;

namespace ContainerPS.Engine.Images;

/// <summary>
/// The local images: an OCI image layout, tags of our own, layers unpacked beside it. Several processes use one store at a time; every
/// change is whole or not there at all, also after a crash.
/// </summary>
/// <remarks>
/// The ordinary use: <see cref="FromRootFs"/> or <see cref="Import"/> brings an image, <see cref="Prepare"/> gives the directories that a
/// container's overlay is made of, <see cref="Remove"/> takes it away again when no container needs it. An instance keeps no truth: only
/// documents by digest, which never change.
/// </remarks>
public sealed partial class ImageStore
{
    private readonly BlobStore _blobs;
    private readonly LayerStore _layers;

    private readonly EventJournal _events;

    public ImageStore(StoreLocation location)
        : this(location, new EventJournal(location)) { }

    internal ImageStore(StoreLocation location, EventJournal events)
    {
        Location = location;
        _events = events;
        _blobs = new BlobStore(location);
        _layers = new LayerStore(location);
    }

    public StoreLocation Location { get; }

    private void Record(Image image, string action, string? name = null) =>
        _events.Append(new EventEntry(EventTypes.Image, action, image.Id) { Name = name ?? image.Reference?.ToString() });

    /// <summary>
    /// Waits until the files of removed images are deleted, which happens in the background; false after the timeout. Needed only by a
    /// caller that wants the store's file system for itself.
    /// </summary>
    public static bool WaitForRemovals(TimeSpan timeout) => StoreTrash.Wait(timeout);
}
