using System.Text.Json;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Layers;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Images;

public sealed partial class ImageStore
{
    private static readonly ImageConfig DefaultConfig = new()
    {
        Cmd = ["/bin/sh"],
        Env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    };

    /// <summary>Makes an image with one layer from a directory (never changed) or a tar file (plain, gzip, zstd).</summary>
    /// <param name="directoryOrTar">A root file system, or its archive, which becomes the layer as it is.</param>
    /// <param name="name">A name that another image has moves.</param>
    /// <param name="config">Null: a shell, and the usual PATH.</param>
    /// <param name="progress">Bytes read.</param>
    /// <param name="cancellation">Leaves nothing behind.</param>
    public Image FromRootFs(
        string directoryOrTar,
        ImageReference name,
        ImageConfig? config = null,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellation = default
    ) =>
        StoreFailure.Explain(
            $"Making the image {name}",
            directoryOrTar,
            () => MakeFromRootFs(directoryOrTar, name, config, progress, cancellation)
        );

    private Image MakeFromRootFs(
        string directoryOrTar,
        ImageReference name,
        ImageConfig? config,
        IProgress<WorkProgress>? progress,
        CancellationToken cancellation
    )
    {
        string path = Path.GetFullPath(directoryOrTar);
        bool isDirectory = Directory.Exists(path);
        if (!isDirectory && !File.Exists(path))
        {
            throw new EngineException(
                ErrorIds.PathNotFound,
                EngineErrorKind.NotFound,
                $"There is no directory and no archive '{directoryOrTar}'.",
                directoryOrTar
            );
        }

        using StoreLease lease = OpenLease($"making the image {name}", [], cancellation);
        using PendingLayer layer = _layers.Begin(lease);
        MadeLayer made = isDirectory
            ? PackDirectory(path, layer, lease, progress, cancellation)
            : TakeArchive(path, layer, lease, progress, cancellation);
        (StagedBlob Config, StagedBlob Manifest) documents = Documents(lease, made, config ?? DefaultConfig);
        LayerStore.Sync(Location);
        using (var session = StoreSession.Open(Location, $"making the image {name}", cancellation))
        {
            Keep(
                session,
                [made.Blob, documents.Config, documents.Manifest],
                added =>
                {
                    _layers.Publish(layer, made.DiffId, added);
                    AtomicFile.SyncDirectory(Location.Layers);
                },
                [
                    new RefEntry
                    {
                        Name = name.FullName,
                        Digest = documents.Manifest.Digest,
                        MediaType = MediaTypes.OciManifest,
                        Size = documents.Manifest.Size,
                        Added = DateTimeOffset.UtcNow,
                    },
                ]
            );
        }

        Image image = Get(name.FullName);
        Record(image, EventActions.Import);
        return image;
    }

    private sealed record MadeLayer(StagedBlob Blob, Digest DiffId, string MediaType);

    private MadeLayer PackDirectory(
        string path,
        PendingLayer layer,
        StoreLease lease,
        IProgress<WorkProgress>? progress,
        CancellationToken cancellation
    )
    {
        using FileStream file = _blobs.Stage(lease, out string? staged);
        using var archive = new HashingWriter(file);
        LayerPacker.Pack(
            path,
            layer.Directory,
            archive,
            [Location.Root, Location.RunRoot],
            done => progress?.Report(new WorkProgress("Packing", path, done, 0)),
            cancellation
        );
        archive.Flush();
        var blob = new StagedBlob(archive.Digest, archive.Count, staged);
        LayerStore.Record(layer, blob.Digest, blob.Digest, blob.Size, new UnpackedLayer([], 0, []));
        return new MadeLayer(blob, blob.Digest, CompressionFormat.MediaType(Compression.None));
    }

    private MadeLayer TakeArchive(
        string path,
        PendingLayer layer,
        StoreLease lease,
        IProgress<WorkProgress>? progress,
        CancellationToken cancellation
    )
    {
        using FileStream source = RegularFile.OpenGiven(path);
        Compression compression = CompressionFormat.Recognise(source);
        using FileStream copy = _blobs.Stage(lease, out string? staged);
        using var stored = new HashingStream(
            source,
            copy,
            done => progress?.Report(new WorkProgress("Unpacking", path, done, source.Length))
        );
        using var plain = new HashingStream(CompressionFormat.Decompress(stored, compression));
        UnpackedLayer result = LayerStore.UnpackStream(plain, layer.Directory, readAhead: true, requireEnd: true, path, cancellation);
        stored.Drain(cancellation);
        copy.Flush();
        LayerStore.Record(layer, plain.Digest, plain.Digest, plain.Count, result);
        return new MadeLayer(new StagedBlob(stored.Digest, stored.Count, staged), plain.Digest, CompressionFormat.MediaType(compression));
    }

    private (StagedBlob Config, StagedBlob Manifest) Documents(StoreLease lease, MadeLayer layer, ImageConfig config)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        var document = new OciImageConfig
        {
            Created = now,
            Architecture = HostFacts.Architecture,
            Os = "linux",
            Config = ConfigDocument(config),
            Rootfs = new OciRootFs { DiffIds = [layer.DiffId.ToString()] },
            History = [new OciHistory { Created = now, CreatedBy = "New-Image -RootFs" }],
        };
        StagedBlob staged = _blobs.Stage(lease, JsonSerializer.SerializeToUtf8Bytes(document, OciImageJson.Plain.OciImageConfig));
        List<OciDescriptor> layers =
        [
            new()
            {
                MediaType = layer.MediaType,
                Digest = layer.Blob.Digest.ToString(),
                Size = layer.Blob.Size,
            },
        ];
        LayerLimits.RequireMade(layers.Count);
        return (staged, _blobs.Stage(lease, ImageContent.NewManifest(staged, layers)));
    }

    private static OciContainerConfig ConfigDocument(ImageConfig config) =>
        new()
        {
            User = Given(config.User),
            ExposedPorts = Set(config.ExposedPorts),
            Env = Given(config.Env),
            Entrypoint = Given(config.Entrypoint),
            Cmd = Given(config.Cmd),
            Volumes = Set(config.Volumes),
            WorkingDir = Given(config.WorkingDir),
            Labels = config.Labels.Count > 0 ? new Dictionary<string, string>(config.Labels) : null,
            StopSignal = Given(config.StopSignal),
            Healthcheck = config.Healthcheck is not { } check
                ? null
                : new DockerHealthcheck
                {
                    Test = [.. check.Test],
                    Interval = Nanoseconds(check.Interval),
                    Timeout = Nanoseconds(check.Timeout),
                    StartPeriod = Nanoseconds(check.StartPeriod),
                    StartInterval = Nanoseconds(check.StartInterval),
                    Retries = check.Retries > 0 ? check.Retries : null,
                },
        };

    private static string? Given(string text) => text.Length > 0 ? text : null;

    private static List<string>? Given(IReadOnlyList<string> list) => list.Count > 0 ? [.. list] : null;

    private static Dictionary<string, JsonElement>? Set(IReadOnlyList<string> names)
    {
        if (names.Count == 0)
        {
            return null;
        }

        using var empty = JsonDocument.Parse("{}");
        JsonElement value = empty.RootElement.Clone();
        return names.ToDictionary(name => name, _ => value);
    }

    private static long? Nanoseconds(TimeSpan span) => span > TimeSpan.Zero ? span.Ticks * TimeSpan.NanosecondsPerTick : null;
}
