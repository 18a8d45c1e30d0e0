namespace ContainerPS;

/// <summary>What a removal took away.</summary>
public sealed record PruneReport
{
    /// <summary>References that no longer name anything.</summary>
    public IReadOnlyList<string> Untagged { get; init; } = [];

    /// <summary>Ids and digests of what is gone.</summary>
    public IReadOnlyList<string> Removed { get; init; } = [];

    /// <summary>Bytes on disk.</summary>
    public long SpaceReclaimed { get; init; }
}
