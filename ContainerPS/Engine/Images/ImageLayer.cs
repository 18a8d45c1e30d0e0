namespace ContainerPS;

/// <summary>One layer of an image, bottom first.</summary>
public sealed record ImageLayer
{
    /// <summary>0 is the lowest.</summary>
    public required int Index { get; init; }

    /// <summary>Of the blob, as it is stored.</summary>
    public required string Digest { get; init; }

    /// <summary>Of the uncompressed tar.</summary>
    public required string DiffId { get; init; }

    /// <summary>Of this layer and all below it: the name of the unpacked layer.</summary>
    public required string ChainId { get; init; }

    public required string MediaType { get; init; }

    /// <summary>Of the blob, in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Of the uncompressed tar in bytes, where it was unpacked here.</summary>
    public long? UncompressedSize { get; init; }

    public string CreatedBy { get; init; } = "";

    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>Layers have content; only history entries can be empty.</summary>
    public bool EmptyLayer { get; init; }

    /// <summary>How many images of the store have this very layer.</summary>
    public int SharedBy { get; init; } = 1;

    /// <summary>The host's directory of the unpacked layer; null while it is not unpacked.</summary>
    public string? Path { get; init; }

    public override string ToString() => DiffId;
}

/// <summary>One step of an image's making, oldest first.</summary>
public sealed record ImageHistoryEntry
{
    public DateTimeOffset? Created { get; init; }

    public string CreatedBy { get; init; } = "";

    public string Author { get; init; } = "";

    public string Comment { get; init; } = "";

    /// <summary>The step changed the configuration only.</summary>
    public bool EmptyLayer { get; init; }

    /// <summary>The layer that the step made; null for an empty one.</summary>
    public ImageLayer? Layer { get; init; }

    public override string ToString() => CreatedBy;
}
