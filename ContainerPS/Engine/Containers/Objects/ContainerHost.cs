namespace ContainerPS;

/// <summary>What the host offers to containers, and how many there are.</summary>
public sealed record ContainerHost
{
    public string Name { get; init; } = "";

    public string Kernel { get; init; } = "";

    /// <summary>v1, hybrid or v2.</summary>
    public string CgroupVersion { get; init; } = "";

    public IReadOnlyList<string> CgroupControllers { get; init; } = [];

    /// <summary>Controllers that containers can be limited by.</summary>
    public IReadOnlyList<string> DelegatedControllers { get; init; } = [];

    public string StorageDriver { get; init; } = "overlay";

    public bool Rootless { get; init; }

    public bool SeccompEnabled { get; init; }

    public bool AppArmorEnabled { get; init; }

    /// <summary>What AppArmor does for containers here, or why it does nothing.</summary>
    public string AppArmorStatus { get; init; } = "";

    public bool SELinuxEnabled { get; init; }

    /// <summary>What SELinux does for containers here, or why it does nothing.</summary>
    public string SELinuxStatus { get; init; } = "";

    /// <summary>Name and version of what starts containers.</summary>
    public string Runtime { get; init; } = "";

    /// <summary>Where images and containers are kept.</summary>
    public string DataRoot { get; init; } = "";

    /// <summary>Where what lives only until the next boot is kept.</summary>
    public string RunRoot { get; init; } = "";

    /// <summary>Online CPUs.</summary>
    public int Cpus { get; init; }

    /// <summary>Bytes.</summary>
    public long MemoryTotal { get; init; }

    public ContainerHostCounts Counts { get; init; } = new();
}

/// <summary>How many of each there are.</summary>
public sealed record ContainerHostCounts
{
    public int Containers { get; init; }

    public int Running { get; init; }

    public int Paused { get; init; }

    public int Images { get; init; }

    public override string ToString() => FormattableString.Invariant($"{Containers} containers ({Running} running), {Images} images");
}
