namespace ContainerPS.Native.Cgroups;

/// <summary>Whether a controller can be had on this host, and if not, why and what to do.</summary>
/// <remarks><see cref="MountPoint"/> is its hierarchy's; null when it is not available.</remarks>
public sealed record CgroupControllerState(string Name, bool IsAvailable, string? MountPoint, string? Reason, string? Hint);
