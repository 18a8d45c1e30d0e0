namespace ContainerPS.Native.Runtime;

/// <summary>What create and run take besides the bundle.</summary>
public sealed record CreateOptions
{
    public required string Id { get; init; }
    public required string Bundle { get; init; }
    public string? PidFile { get; init; }
    public bool NoPivot { get; init; }
    public int PreservedDescriptors { get; init; }
}
