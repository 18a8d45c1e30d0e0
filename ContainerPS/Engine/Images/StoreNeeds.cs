using ContainerPS.Engine.Common;

namespace ContainerPS.Engine.Images;

/// <summary>
/// What must stay in the store: all that names, containers and operations in flight lead to. Where one of them cannot be read, nobody
/// knows what it needs: then nothing of the kind that it may need is garbage.
/// </summary>
internal sealed class StoreNeeds
{
    private readonly List<string> _holders = [];
    private bool _holdsBlobs;

    private StoreNeeds(HashSet<Digest> inFlight)
    {
        Blobs = inFlight;
        Layers = [.. inFlight];
    }

    public HashSet<Digest> Blobs { get; }

    /// <summary>By chain id.</summary>
    public HashSet<Digest> Layers { get; }

    /// <summary>False while an image or a record cannot be read.</summary>
    public bool MayDeleteLayers => _holders.Count == 0;

    /// <summary>False while an image's manifest cannot be read.</summary>
    public bool MayDeleteBlobs => !_holdsBlobs;

    /// <summary>What cannot be read, a sentence each with the way out.</summary>
    public IReadOnlyList<string> Holders => _holders;

    /// <summary>Reads all of it. The caller holds the store's lock, and `images-in-use` exclusively.</summary>
    /// <param name="store">The store.</param>
    /// <param name="blobs">Its blobs.</param>
    /// <param name="images">The names that are to stay.</param>
    /// <param name="containers">From <see cref="ContainerUse"/>.</param>
    public static StoreNeeds Of(StoreLocation store, BlobStore blobs, IReadOnlyList<RefEntry> images, IReadOnlyList<RecordedUse> containers)
    {
        var needs = new StoreNeeds(StoreLease.Protected(store));
        foreach (RefEntry image in images)
        {
            needs.Add(image, ImageContent.Collect(blobs, image.Digest, needs.Blobs, needs.Layers));
        }

        foreach (RecordedUse container in containers)
        {
            needs.Add(container);
        }

        return needs;
    }

    private void Add(RefEntry image, ImageContent.Unreadable? unreadable)
    {
        if (unreadable is null)
        {
            return;
        }

        _holdsBlobs |= unreadable.BlobsUnknown;
        string name = image.Name is { } text ? ImageReference.Parse(text).ToString() : image.Digest.Hex[..12];
        _holders.Add(
            $"No layer{(unreadable.BlobsUnknown ? " and no blob" : "")} was deleted, because the image '{name}' "
                + $"cannot be read and may need it: "
                + $"{unreadable.Problem.TrimEnd('.')}. Remove that image (Remove-Image '{name}' -Force) or import it again; "
                + "the next removal then deletes what is not needed."
        );
    }

    private void Add(RecordedUse container)
    {
        Layers.UnionWith(container.Digests);
        if (container.Problem is { } problem)
        {
            _holders.Add(
                $"No layer was deleted, because the record of the container '{container.Name}' "
                    + "cannot be read and the container may need it: "
                    + $"{problem.TrimEnd('.')}. Remove that container (Remove-Container '{container.Name}' -Force); "
                    + "the next removal then deletes what is not needed."
            );
        }
    }
}
