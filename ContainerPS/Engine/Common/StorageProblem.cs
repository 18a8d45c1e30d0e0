namespace ContainerPS;

/// <summary>What is wrong with a part of the store.</summary>
public enum StorageProblemKind
{
    /// <summary>A document or layer archive that an image names is not there.</summary>
    MissingBlob,

    /// <summary>A blob is not what its digest says.</summary>
    DamagedBlob,

    /// <summary>No image needs the blob.</summary>
    UnreferencedBlob,

    /// <summary>A container's record names an unpacked layer that is not there.</summary>
    MissingLayer,

    /// <summary>An unpacked layer is not whole.</summary>
    DamagedLayer,

    /// <summary>No image and no container needs the layer.</summary>
    UnreferencedLayer,

    /// <summary>A document of ours cannot be read.</summary>
    DamagedDocument,

    /// <summary>A document of ours was written by a newer version, and only such a version reads it.</summary>
    NewerDocument,

    /// <summary>A killed process left it, and nothing needs it.</summary>
    LeftOver,

    /// <summary>A cgroup of a container that is not running, or is gone.</summary>
    LeakedCgroup,

    /// <summary>A name that leads to no container.</summary>
    LeakedName,

    /// <summary>A run directory without a container.</summary>
    LeakedRunDirectory,

    /// <summary>A running container without its monitor.</summary>
    DeadMonitor,
}

/// <summary>One thing that a check of the store found.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Target">The thing: a path, a digest, a name.</param>
/// <param name="Message">What is wrong, in a sentence.</param>
/// <param name="Remedy">The way out, in a sentence.</param>
/// <param name="Repaired">This check has set it right.</param>
public sealed record StorageProblem(StorageProblemKind Kind, string Target, string Message, string Remedy, bool Repaired = false)
{
    public override string ToString() => $"{Kind} {Target}: {Message}";
}
