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

    /// <summary>A killed process left it with the images, and nothing needs it.</summary>
    LeftOver,

    /// <summary>A container whose record is damaged, or of a newer version: its state is Dead.</summary>
    DeadContainer,

    /// <summary>A directory that a container's root file system is made of is not there.</summary>
    MissingDirectory,

    /// <summary>A name that does not lead to the container of that name.</summary>
    LeakedName,

    /// <summary>A container that its name does not lead to.</summary>
    MissingName,

    /// <summary>A running container without its monitor.</summary>
    DeadMonitor,

    /// <summary>A container that should have removed itself.</summary>
    OverdueRemoval,

    /// <summary>A cgroup of a container that is not running, or is gone.</summary>
    LeakedCgroup,

    /// <summary>A directory of a container that a killed create did not finish.</summary>
    UnfinishedContainer,

    /// <summary>A run directory without a container.</summary>
    LeakedRunDirectory,

    /// <summary>Files of a removed container.</summary>
    UnfinishedRemoval,

    /// <summary>A writable layer that a process made ready for its next container, and did not live to use.</summary>
    LeakedSpare,

    /// <summary>A lock file without a container.</summary>
    LeakedLock,

    /// <summary>Recorded ends of removed containers that nobody can ask for any more.</summary>
    ExpiredExit,

    /// <summary>A mount within the store. The engine makes none there.</summary>
    StaleMount,
}

/// <summary>One thing that is wrong with the store.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Target">The thing: a path, a digest, an id.</param>
/// <param name="Message">What is wrong, in a sentence.</param>
/// <param name="Remedy">The way out, in a sentence.</param>
/// <param name="CanRepair">Whether a repair may set it right.</param>
public sealed record StorageProblem(StorageProblemKind Kind, string Target, string Message, string Remedy, bool CanRepair)
{
    /// <summary>A repair has set it right, or found that somebody else had.</summary>
    public bool Repaired { get; init; }

    /// <summary>Why a repair could not set it right; null when none was tried, or the reason is the problem itself.</summary>
    public string? Failure { get; init; }

    public override string ToString() => $"{Kind} {Target}: {Message}";

    /// <summary>Whether both are the same problem, found at two times.</summary>
    internal bool IsSame(StorageProblem other) => Kind == other.Kind && Target == other.Target;
}
