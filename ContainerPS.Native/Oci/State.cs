namespace ContainerPS.Native.Oci;

/// <summary>
/// What <c>state</c> prints and what hooks read on stdin (runtime.md "State"). Status is creating, created, running, stopped, and, as runc
/// has it, paused. Rootfs, Created and Owner are runc's additions that podman reads.
/// </summary>
public sealed record State
{
    public string OciVersion { get; init; } = "";
    public string Id { get; init; } = "";
    public int Pid { get; init; }
    public string Status { get; init; } = "";
    public string Bundle { get; init; } = "";
    public string? Rootfs { get; init; }
    public string? Created { get; init; }
    public string? Owner { get; init; }
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }
}
