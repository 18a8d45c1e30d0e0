using ContainerPS.Engine.Common;

namespace ContainerPS.Engine.Images;

/// <summary>What to take from a source that holds several images or platforms, and how to name it.</summary>
public sealed record ImportOptions
{
    /// <summary>Name for a source with one image; null: the names that the source gives.</summary>
    public ImageReference? Name { get; init; }

    /// <summary><c>os/architecture[/variant]</c> that is unpacked from a multi-platform index; null: this host's.</summary>
    public string? Platform { get; init; }

    public IProgress<WorkProgress>? Progress { get; init; }
}
