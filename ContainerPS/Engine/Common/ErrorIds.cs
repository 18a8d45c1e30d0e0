namespace ContainerPS;

/// <summary>The error ids, permanent API: each is the prefix of a FullyQualifiedErrorId.</summary>
public static class ErrorIds
{
    public const string ContainerNotFound = nameof(ContainerNotFound);
    public const string ImageNotFound = nameof(ImageNotFound);
    public const string NetworkNotFound = nameof(NetworkNotFound);
    public const string VolumeNotFound = nameof(VolumeNotFound);
    public const string ContainerIdAmbiguous = nameof(ContainerIdAmbiguous);
    public const string ImageIdAmbiguous = nameof(ImageIdAmbiguous);

    public const string ContainerNameConflict = nameof(ContainerNameConflict);
    public const string ImageTagConflict = nameof(ImageTagConflict);

    public const string ContainerNotRunning = nameof(ContainerNotRunning);
    public const string ContainerPaused = nameof(ContainerPaused);
    public const string InvalidStateTransition = nameof(InvalidStateTransition);

    public const string ImageInUse = nameof(ImageInUse);
    public const string VolumeInUse = nameof(VolumeInUse);
    public const string PortAllocated = nameof(PortAllocated);

    /// <summary>Another process holds the lock of the object for longer than the caller would wait.</summary>
    public const string ObjectLocked = nameof(ObjectLocked);

    public const string CommandNotFound = nameof(CommandNotFound);
    public const string CommandNotExecutable = nameof(CommandNotExecutable);
    public const string EngineFailure = nameof(EngineFailure);

    public const string ContainerOomKilled = nameof(ContainerOomKilled);
    public const string ContainerExitNonZero = nameof(ContainerExitNonZero);

    public const string CgroupControllerUnavailable = nameof(CgroupControllerUnavailable);
    public const string CgroupNotDelegated = nameof(CgroupNotDelegated);
    public const string CgroupLimitRejected = nameof(CgroupLimitRejected);

    public const string RegistryUnauthorized = nameof(RegistryUnauthorized);
    public const string RegistryDenied = nameof(RegistryDenied);
    public const string RegistryManifestUnknown = nameof(RegistryManifestUnknown);
    public const string RegistryNameUnknown = nameof(RegistryNameUnknown);
    public const string RegistryTooManyRequests = nameof(RegistryTooManyRequests);
    public const string RegistryDigestInvalid = nameof(RegistryDigestInvalid);

    /// <summary>A blob or layer is not what its digest says.</summary>
    public const string LayerDigestMismatch = nameof(LayerDigestMismatch);

    /// <summary>Our own documents or blobs are damaged.</summary>
    public const string StoreCorrupt = nameof(StoreCorrupt);

    /// <summary>The file system of the store is full, or a quota is used up.</summary>
    public const string StoreFull = nameof(StoreFull);

    /// <summary>
    /// A layer's entry would be made outside the layer: <c>..</c>, an absolute path, a symbolic link or hard link that climbs out.
    /// </summary>
    public const string LayerPathEscape = nameof(LayerPathEscape);

    /// <summary>A layer ends too early or is no tar file.</summary>
    public const string LayerCorrupt = nameof(LayerCorrupt);

    /// <summary>
    /// What was to be imported is no image: a missing or malformed document, an unknown compression, a document above the cap.
    /// </summary>
    public const string ImageInvalid = nameof(ImageInvalid);

    /// <summary>The object exists but is an artifact or of another platform: no container can be made of it.</summary>
    public const string ImageNotRunnable = nameof(ImageNotRunnable);

    /// <summary>The text is no image reference.</summary>
    public const string ImageReferenceInvalid = nameof(ImageReferenceInvalid);

    /// <summary>A path given by the user does not exist or is not of the kind that is needed.</summary>
    public const string PathNotFound = nameof(PathNotFound);

    /// <summary>An argument's value makes no sense, alone or beside the others.</summary>
    public const string ArgumentInvalid = nameof(ArgumentInvalid);

    public const string NamespaceDenied = nameof(NamespaceDenied);
    public const string SubIdMissing = nameof(SubIdMissing);

    public const string StopTimeout = nameof(StopTimeout);
    public const string WaitTimeout = nameof(WaitTimeout);
    public const string HealthTimeout = nameof(HealthTimeout);
}
