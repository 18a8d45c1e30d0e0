namespace ContainerPS.Engine.Containers.Security;

/// <summary>What the security modules of this host want in a container's OCI document; null members are left out of it.</summary>
internal sealed record SecurityLabels
{
    public static SecurityLabels None { get; } = new();

    /// <summary>process.apparmorProfile; the profile is loaded.</summary>
    public string? AppArmorProfile { get; init; }

    /// <summary>process.selinuxLabel.</summary>
    public string? ProcessLabel { get; init; }

    /// <summary>linux.mountLabel, of the same level as <see cref="ProcessLabel"/>.</summary>
    public string? MountLabel { get; init; }
}
