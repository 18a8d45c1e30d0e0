namespace ContainerPS;

/// <summary>Where a container stands in its life.</summary>
public enum ContainerState
{
    /// <summary>Defined, never started, or its last start did not reach exec.</summary>
    Created,

    /// <summary>Its first process runs.</summary>
    Running,

    /// <summary>All its processes are frozen.</summary>
    Paused,

    /// <summary>Ended, and about to be started again by its restart policy.</summary>
    Restarting,

    /// <summary>Being removed.</summary>
    Removing,

    /// <summary>No longer in the store.</summary>
    Removed,

    /// <summary>Its first process ended.</summary>
    Exited,

    /// <summary>Its record in the store cannot be read; only removal is left.</summary>
    Dead,
}
