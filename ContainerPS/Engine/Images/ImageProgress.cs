namespace ContainerPS.Engine.Images;

/// <summary>How far an import or unpack has come; for progress bars.</summary>
/// <param name="Activity">"Importing", "Unpacking".</param>
/// <param name="Item">The layer's short digest or the file.</param>
/// <param name="Done">Bytes of the source that were taken in.</param>
/// <param name="Total">Bytes of the source; 0 when unknown.</param>
public readonly record struct ImageProgress(string Activity, string Item, long Done, long Total);

/// <summary>What a removal did.</summary>
/// <param name="Untagged">Short references that no longer name anything.</param>
/// <param name="Deleted">Ids of images and digests of layers that are gone.</param>
/// <param name="SpaceReclaimed">Bytes on disk.</param>
public sealed record RemoveResult(IReadOnlyList<string> Untagged, IReadOnlyList<string> Deleted, long SpaceReclaimed);

/// <summary>What to take from a source that holds several images or platforms, and how to name it.</summary>
public sealed record ImportOptions
{
    /// <summary>Name for a source with one image; null: the names that the source gives.</summary>
    public ImageReference? Name { get; init; }

    /// <summary><c>os/architecture[/variant]</c> that is unpacked from a multi-platform index; null: this host's.</summary>
    public string? Platform { get; init; }

    public IProgress<ImageProgress>? Progress { get; init; }
}
