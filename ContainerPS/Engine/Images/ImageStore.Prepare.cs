using ContainerPS.Engine.Common;
using ContainerPS.Engine.Layers;

namespace ContainerPS.Engine.Images;

public sealed partial class ImageStore
{
    /// <summary>Held shared by who is about to record a container, exclusively by who deletes: no import or unpack waits for it.</summary>
    private const string UseLock = "images-in-use";

    /// <summary>The directories of the image's overlay, unpacked when they are not yet.</summary>
    /// <exception cref="EngineException"><see cref="ErrorIds.ImageNotRunnable"/>: an artifact, or an image of another operating
    /// system.</exception>
    public MountableRootFs Prepare(Image image, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default) =>
        StoreFailure.Explain($"Preparing the image '{image}'", image.ToString(), () => PrepareLayers(image, progress, cancellation));

    private MountableRootFs PrepareLayers(Image image, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        string init = _layers.EnsureInitLayer();
        var digest = Digest.Parse(image.Digest);
        RequireNamed(ReadRefs(), image, digest);
        ImageContent content = Content(digest);
        RequireRunnable(image, content);
        while (true)
        {
            if (TryMount(image, content, init, cancellation) is { } mountable)
            {
                return mountable;
            }

            Unpack(image, content, progress, cancellation);
        }
    }

    private MountableRootFs? TryMount(Image image, ImageContent content, string init, CancellationToken cancellation)
    {
        var use = ObjectLock.Acquire(
            Location,
            ObjectLockKind.Image,
            UseLock,
            $"preparing the image {image}",
            shared: true,
            cancellation: cancellation
        );
        try
        {
            // Only now nobody can take it away any more.
            RequireNamed(ReadRefs(), image, content.Digest);
            if (content.Layers.All(layer => _layers.Contains(layer.ChainId)))
            {
                return Mountable(content, init, use);
            }
        }
        catch
        {
            use.Dispose();
            throw;
        }

        use.Dispose();
        return null;
    }

    private static void RequireNamed(RefsDocument refs, Image image, Digest digest)
    {
        if (!refs.Images.Any(entry => entry.Digest == digest))
        {
            throw ContainerObjectNotFoundException.Image(image.ToString());
        }
    }

    /// <summary>The lower directories of a rootfs that is not an image: the init layer above the directory.</summary>
    public MountableRootFs PrepareDirectory(string rootFs)
    {
        string path = Path.GetFullPath(rootFs);
        if (!Directory.Exists(path))
        {
            throw new EngineException(
                ErrorIds.PathNotFound,
                EngineErrorKind.NotFound,
                $"The root file system '{rootFs}' is no directory.",
                rootFs
            );
        }

        string init = _layers.EnsureInitLayer();
        return new MountableRootFs(Location.Layers, [init, path], [LayerStore.InitLink, path], null);
    }

    private MountableRootFs Mountable(ImageContent content, string init, ObjectLock use)
    {
        var topFirst = new List<Digest>();
        foreach (LayerContent layer in content.Layers.Reverse())
        {
            RequireKnown(layer.ChainId);
            topFirst.Add(layer.ChainId);
            if (_layers.HidesBelow(layer.ChainId))
            {
                break;
            }
        }

        return new MountableRootFs(
            Location.Layers,
            [init, .. topFirst.Select(_layers.DirectoryOf)],
            [LayerStore.InitLink, .. topFirst.Select(_layers.ShortNameOf)],
            use
        );
    }

    /// <summary>
    /// A layer that only a newer version understands may not be a directory as we know it. A damaged document takes nothing from it.
    /// </summary>
    private void RequireKnown(Digest chainId)
    {
        _ = _layers.Describe(chainId, out ContainerStorageException? problem);
        if (problem is { InnerException: not System.Text.Json.JsonException })
        {
            throw problem;
        }
    }

    private void Unpack(Image image, ImageContent content, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        using StoreLease lease = OpenLease(
            $"unpacking {image}",
            content.Layers.SelectMany(layer => (Digest[])[layer.Digest, layer.ChainId]),
            cancellation,
            refs => RequireNamed(refs, image, content.Digest)
        );
        using LayerStore.PendingLayers pending = _layers.Unpack(Sources(content, OpenLayer), lease, Tell(progress), cancellation);
        LayerStore.Sync(Location);
        pending.Publish([]);
    }

    private static List<LayerSource> Sources(ImageContent content, Func<LayerContent, Stream> open)
    {
        var sources = new List<LayerSource>();
        foreach (LayerContent layer in content.Layers)
        {
            sources.Add(
                new LayerSource(
                    layer.ChainId,
                    layer.DiffId,
                    layer.Digest.Hex[..12],
                    layer.Descriptor.Size,
                    sources.Count > 0 ? sources[^1] : null,
                    () => open(layer)
                )
            );
        }

        return sources;
    }

    private static Action<string, long, long>? Tell(IProgress<WorkProgress>? progress) =>
        progress is null ? null : (item, done, total) => progress.Report(new WorkProgress("Unpacking", item, done, total));

    private FileStream OpenLayer(LayerContent layer) =>
        _blobs.Contains(layer.Digest)
            ? _blobs.Open(layer.Digest)
            : throw new ContainerStorageException(
                ErrorIds.StoreCorrupt,
                $"The layer {layer.Digest} is missing from the store.",
                layer.Digest.ToString(),
                "Remove the image and bring it again."
            );

    private StoreLease OpenLease(
        string purpose,
        IEnumerable<Digest> digests,
        CancellationToken cancellation,
        Action<RefsDocument>? require = null
    )
    {
        using var session = StoreSession.Open(Location, purpose, cancellation);
        require?.Invoke(session.Refs);
        var lease = StoreLease.Open(Location, purpose);
        lease.Protect(digests);
        return lease;
    }

    private static void RequireRunnable(Image image, ImageContent content)
    {
        if (content.Config is null)
        {
            throw new EngineException(
                ErrorIds.ImageNotRunnable,
                EngineErrorKind.InvalidOperation,
                content.Manifest is null
                    ? $"'{image}' is an index without any manifest in the store."
                    : $"'{image}' is an artifact ({image.ArtifactType}), not an image.",
                image.ToString()
            );
        }

        if (content.Config.Os is { Length: > 0 } os && os != "linux")
        {
            throw new EngineException(
                ErrorIds.ImageNotRunnable,
                EngineErrorKind.InvalidOperation,
                $"The image '{image}' is for {os}.",
                image.ToString()
            );
        }

        if (content.Layers.Count > LayerLimits.Imported)
        {
            throw new EngineException(
                ErrorIds.ImageNotRunnable,
                EngineErrorKind.LimitExceeded,
                $"The image '{image}' has {content.Layers.Count} layers; an overlay takes {LayerLimits.Imported}.",
                image.ToString()
            );
        }
    }
}
