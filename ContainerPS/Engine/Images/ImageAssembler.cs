using ContainerPS.Engine.Common;
using ContainerPS.Engine.Layers;

namespace ContainerPS.Engine.Images;

/// <summary>Makes the object that users see out of refs and documents.</summary>
internal static class ImageAssembler
{
    private const string BaseName = "org.opencontainers.image.base.name";
    private const string BaseDigest = "org.opencontainers.image.base.digest";

    /// <param name="entry">The name (or the nameless entry) that the object is for.</param>
    /// <param name="all">All entries of the store.</param>
    /// <param name="content">The entry's documents.</param>
    /// <param name="layers">The unpacked layers.</param>
    /// <param name="blobs">For which platforms are there.</param>
    /// <param name="shares">How many images have a layer, by chain id; null when not counted.</param>
    public static Image Assemble(
        RefEntry entry,
        IReadOnlyList<RefEntry> all,
        ImageContent content,
        LayerStore layers,
        BlobStore blobs,
        IReadOnlyDictionary<Digest, int>? shares
    )
    {
        List<ImageReference> references = References(all, entry.Digest);
        OciImageConfig config = content.Config ?? new OciImageConfig();
        ImageLayer[] parts = Layers(content, layers, shares);
        Dictionary<string, string> annotations = Annotations(entry, content);
        return new Image
        {
            Id = content.Id.ToString(),
            Digest = content.Digest.ToString(),
            ManifestDigest = content.ManifestDigest.ToString(),
            Reference = entry.Name is null ? null : ImageReference.Parse(entry.Name),
            RepoTags = [.. references.Select(reference => $"{reference.Repository}:{reference.Tag}")],
            RepoDigests = [.. references.Select(reference => $"{reference.Repository}@{content.Digest}").Distinct()],
            CreatedAt = config.Created,
            Size = Size(content, parts),
            SharedSize = shares is null ? null : parts.Where(part => part.SharedBy > 1).Sum(SizeOf),
            Architecture = config.Architecture ?? "",
            Variant = config.Variant ?? "",
            Os = config.Os ?? "",
            OsVersion = config.OsVersion ?? "",
            Author = config.Author ?? "",
            Comment = config.Comment ?? "",
            Config = Config(config.Config),
            Layers = parts,
            History = History(config, parts),
            Annotations = annotations,
            Manifests = Manifests(content, blobs),
            MediaType = content.Top.MediaType ?? entry.MediaType,
            ArtifactType = content.Config is null ? content.Manifest?.ArtifactType ?? content.Manifest?.Config?.MediaType ?? "" : "",
            Problem = Problem(content, layers),
            BaseImage = annotations.GetValueOrDefault(BaseName) ?? annotations.GetValueOrDefault(BaseDigest) ?? "",
        };
    }

    /// <summary>An image whose documents cannot all be read: its names, what can be read, and what is wrong.</summary>
    public static Image Damaged(RefEntry entry, IReadOnlyList<RefEntry> all, string problem, ImageContent? content)
    {
        return new Image
        {
            Id = (content?.Id ?? entry.Digest).ToString(),
            Digest = entry.Digest.ToString(),
            ManifestDigest = entry.Digest.ToString(),
            Reference = entry.Name is null ? null : ImageReference.Parse(entry.Name),
            RepoTags = [.. References(all, entry.Digest).Select(reference => $"{reference.Repository}:{reference.Tag}")],
            Size = content?.Manifest?.Layers?.Sum(layer => layer.Size) ?? 0,
            Annotations = entry.Annotations ?? [],
            MediaType = entry.MediaType,
            Problem = problem,
        };
    }

    private static string Problem(ImageContent content, LayerStore layers)
    {
        foreach (LayerContent layer in content.Layers)
        {
            _ = layers.Describe(layer.ChainId, out ContainerStorageException? problem);
            if (problem is not null)
            {
                return problem.Message;
            }
        }

        return "";
    }

    public static ImageConfig Config(OciContainerConfig? config) =>
        config is null
            ? new ImageConfig()
            : new ImageConfig
            {
                Entrypoint = config.Entrypoint ?? [],
                Cmd = config.Cmd ?? [],
                Env = config.Env ?? [],
                WorkingDir = config.WorkingDir ?? "",
                User = config.User ?? "",
                ExposedPorts = config.ExposedPorts is { } ports ? [.. ports.Keys] : [],
                Volumes = config.Volumes is { } volumes ? [.. volumes.Keys] : [],
                Labels = config.Labels ?? [],
                StopSignal = config.StopSignal ?? "",
                Healthcheck = Healthcheck(config.Healthcheck),
            };

    private static List<ImageReference> References(IReadOnlyList<RefEntry> all, Digest digest) =>
        [.. all.Where(entry => entry.Digest == digest && entry.Name is not null).Select(entry => ImageReference.Parse(entry.Name!))];

    private static ImageLayer[] Layers(ImageContent content, LayerStore store, IReadOnlyDictionary<Digest, int>? shares)
    {
        var steps = (content.Config?.History ?? []).Where(step => step.EmptyLayer is not true).ToList();
        bool named = steps.Count == content.Layers.Count;
        return
        [
            .. content.Layers.Select(
                (layer, index) =>
                    new ImageLayer
                    {
                        Index = index,
                        Digest = layer.Digest.ToString(),
                        DiffId = layer.DiffId.ToString(),
                        ChainId = layer.ChainId.ToString(),
                        MediaType = layer.Descriptor.MediaType,
                        Size = layer.Descriptor.Size,
                        UncompressedSize = store.Describe(layer.ChainId)?.Size,
                        CreatedBy = named ? steps[index].CreatedBy ?? "" : "",
                        CreatedAt = named ? steps[index].Created : null,
                        SharedBy = shares?.GetValueOrDefault(layer.ChainId, 1) ?? 1,
                        Path = store.Contains(layer.ChainId) ? store.DirectoryOf(layer.ChainId) : null,
                    }
            ),
        ];
    }

    // An artifact's blobs count as they are; so do layers that are not unpacked here.
    private static long Size(ImageContent content, ImageLayer[] layers) =>
        content.Config is null ? content.Manifest?.Layers?.Sum(part => part.Size) ?? 0 : layers.Sum(SizeOf);

    private static long SizeOf(ImageLayer layer) => layer.UncompressedSize ?? layer.Size;

    // image-spec config.md: entries that are not empty match the layers one by one; a history that does not is shown without them.
    private static ImageHistoryEntry[] History(OciImageConfig config, ImageLayer[] layers)
    {
        List<OciHistory> history = config.History ?? [];
        bool matches = history.Count(step => step.EmptyLayer is not true) == layers.Length;
        int next = 0;
        return
        [
            .. history.Select(step => new ImageHistoryEntry
            {
                Created = step.Created,
                CreatedBy = step.CreatedBy ?? "",
                Author = step.Author ?? "",
                Comment = step.Comment ?? "",
                EmptyLayer = step.EmptyLayer is true,
                Layer = step.EmptyLayer is true || !matches ? null : layers[next++],
            }),
        ];
    }

    private static Dictionary<string, string> Annotations(RefEntry entry, ImageContent content)
    {
        var result = new Dictionary<string, string>(entry.Annotations ?? [], StringComparer.Ordinal);
        foreach (
            Dictionary<string, string>? source in (IEnumerable<Dictionary<string, string>?>)
                [content.Top.Annotations, content.Manifest?.Annotations]
        )
        {
            foreach ((string? key, string? value) in source ?? [])
            {
                result[key] = value;
            }
        }

        return result;
    }

    private static List<ImageManifest> Manifests(ImageContent content, BlobStore blobs)
    {
        if (content.Top.Manifests is { } children)
        {
            return
            [
                .. children.Select(child => new ImageManifest(
                    child.Digest,
                    child.MediaType,
                    child.Platform?.ToString() ?? "",
                    child.Size,
                    Digest.TryParse(child.Digest, out Digest digest) && blobs.Contains(digest)
                )),
            ];
        }

        OciImageConfig? config = content.Config;
        string platform = config is null
            ? ""
            : new OciPlatform
            {
                Os = config.Os ?? "",
                Architecture = config.Architecture ?? "",
                Variant = config.Variant,
            }.ToString();
        return [new ImageManifest(content.Digest.ToString(), content.Top.MediaType ?? MediaTypes.OciManifest, platform, 0, true)];
    }

    private static ImageHealthcheck? Healthcheck(DockerHealthcheck? check) =>
        check is null
            ? null
            : new ImageHealthcheck
            {
                Test = check.Test ?? [],
                Interval = Nanoseconds(check.Interval),
                Timeout = Nanoseconds(check.Timeout),
                StartPeriod = Nanoseconds(check.StartPeriod),
                StartInterval = Nanoseconds(check.StartInterval),
                Retries = check.Retries ?? 0,
            };

    private static TimeSpan Nanoseconds(long? value) => TimeSpan.FromTicks((value ?? 0) / TimeSpan.NanosecondsPerTick);
}
