namespace ContainerPS.Engine.Images;

/// <summary>What a removal did.</summary>
/// <param name="Untagged">Short references that no longer name anything.</param>
/// <param name="Deleted">Ids of images and digests of layers that are gone.</param>
/// <param name="SpaceReclaimed">Bytes on disk.</param>
public sealed record RemoveResult(IReadOnlyList<string> Untagged, IReadOnlyList<string> Deleted, long SpaceReclaimed)
{
    /// <summary>
    /// What was kept although no name leads to it, and which image or container record is the reason: a sentence each, with the way out.
    /// </summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
