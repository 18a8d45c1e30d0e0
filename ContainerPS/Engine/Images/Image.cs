namespace ContainerPS;

/// <summary>An image of the local store, as it was when it was asked for. Getters never fail and never walk a disk.</summary>
public sealed class Image : IEquatable<Image>, IComparable<Image>
{
    /// <summary><c>sha256:…</c> of the configuration; of the manifest for an artifact, whose configuration says nothing.</summary>
    public required string Id { get; init; }

    /// <summary>The first 12 hexadecimal characters of <see cref="Id"/>.</summary>
    public string ShortId => Id.StartsWith("sha256:", StringComparison.Ordinal) ? Id.Substring(7, 12) : Id;

    /// <summary><c>sha256:…</c> of what the tag names: the manifest, or the index of a multi-platform image.</summary>
    public required string Digest { get; init; }

    /// <summary><c>sha256:…</c> of the manifest for this platform.</summary>
    public required string ManifestDigest { get; init; }

    /// <summary>Null for a dangling image.</summary>
    public ImageReference? Reference { get; init; }

    /// <summary>Short repository of the first tag: <c>busybox</c>; <c>&lt;none&gt;</c> for a dangling image.</summary>
    public string Repository => Reference?.Repository ?? "<none>";

    public string Tag => Reference?.Tag ?? "<none>";

    /// <summary>All tags, short with their tag: <c>busybox:latest</c>.</summary>
    public IReadOnlyList<string> RepoTags { get; init; } = [];

    /// <summary><c>repository@sha256:…</c> for each repository.</summary>
    public IReadOnlyList<string> RepoDigests { get; init; } = [];

    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>Of the unpacked layers' tar streams where known, else of the blobs: bytes.</summary>
    public long Size { get; init; }

    /// <summary>
    /// The part of <see cref="Size"/> in layers that other images of the store have too; null when they were not looked at (a single image
    /// got by name).
    /// </summary>
    public long? SharedSize { get; init; }

    /// <summary>What the image alone takes; null as <see cref="SharedSize"/>.</summary>
    public long? UniqueSize => Size - SharedSize;

    public string Architecture { get; init; } = "";

    public string Variant { get; init; } = "";

    public string Os { get; init; } = "";

    public string OsVersion { get; init; } = "";

    public string Author { get; init; } = "";

    public string Comment { get; init; } = "";

    public ImageConfig Config { get; init; } = new();

    /// <summary>Lowest first.</summary>
    public IReadOnlyList<ImageLayer> Layers { get; init; } = [];

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<ImageHistoryEntry> History { get; init; } = [];

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>The platforms of a multi-platform index; one entry for a plain image.</summary>
    public IReadOnlyList<ImageManifest> Manifests { get; init; } = [];

    public string MediaType { get; init; } = "";

    /// <summary>Of an OCI artifact that is no image; else empty.</summary>
    public string ArtifactType { get; init; } = "";

    /// <summary>What is wrong with the image in the store; empty when nothing is.</summary>
    public string Problem { get; init; } = "";

    /// <summary>No tag names it.</summary>
    public bool Dangling => RepoTags.Count == 0;

    /// <summary>From <c>org.opencontainers.image.base.name</c> and <c>.digest</c>.</summary>
    public string BaseImage { get; init; } = "";

    public bool Equals(Image? other) =>
        other is not null
        && string.Equals(Id, other.Id, StringComparison.Ordinal)
        && string.Equals(Digest, other.Digest, StringComparison.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as Image);

    public override int GetHashCode() => Id.GetHashCode(StringComparison.Ordinal);

    /// <summary>Newest first, then by name.</summary>
    public int CompareTo(Image? other)
    {
        if (other is null)
        {
            return -1;
        }

        int byAge = Nullable.Compare(other.CreatedAt, CreatedAt);
        return byAge != 0 ? byAge : string.CompareOrdinal(ToString(), other.ToString());
    }

    public static bool operator ==(Image? left, Image? right) => left is null ? right is null : left.Equals(right);

    public static bool operator !=(Image? left, Image? right) => !(left == right);

    public static bool operator <(Image? left, Image? right) => Comparer<Image>.Default.Compare(left, right) < 0;

    public static bool operator >(Image? left, Image? right) => Comparer<Image>.Default.Compare(left, right) > 0;

    public static bool operator <=(Image? left, Image? right) => Comparer<Image>.Default.Compare(left, right) <= 0;

    public static bool operator >=(Image? left, Image? right) => Comparer<Image>.Default.Compare(left, right) >= 0;

    /// <summary>The reference, or the short id of a dangling image.</summary>
    public override string ToString() => Reference?.ToString() ?? ShortId;
}

/// <summary>One manifest of a multi-platform index.</summary>
/// <param name="Digest"><c>sha256:…</c></param>
/// <param name="MediaType">OCI or Docker manifest.</param>
/// <param name="Platform"><c>linux/arm64/v8</c>; empty when the index says none.</param>
/// <param name="Size">Of the manifest document in bytes.</param>
/// <param name="Present">The manifest itself is in the store.</param>
public sealed record ImageManifest(string Digest, string MediaType, string Platform, long Size, bool Present)
{
    public override string ToString() => Platform.Length > 0 ? Platform : Digest;
}
