namespace ContainerPS;

/// <summary>Something that happened to a container or an image, as the event journal has it.</summary>
public sealed record ContainerEvent
{
    /// <summary>The event's place in the journal, counted from 1. The next event has the next number.</summary>
    public required long Sequence { get; init; }

    public required DateTimeOffset Time { get; init; }

    /// <summary>What kind of thing it happened to: container, image. A newer version may write others.</summary>
    public required string Type { get; init; }

    /// <summary>What happened, in Docker's words: create, start, die, exec_start. A newer version may write others.</summary>
    public required string Action { get; init; }

    /// <summary>The thing it happened to.</summary>
    public required EventActor Actor { get; init; }

    /// <summary>
    /// Facts of this action. Of a start and its end: <c>run</c>, which start of the container it was. Of what a signal did:
    /// <c>signal</c>. Of an exec: <c>execID</c> and <c>command</c>.
    /// </summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>();

    /// <summary>Of die and exec_die; null where nobody could learn it.</summary>
    public int? ExitCode { get; init; }

    public override string ToString() => $"{Type} {Action} {Actor}";
}

/// <summary>The thing that an event is about, as it was then: it may have been removed since.</summary>
public sealed record EventActor
{
    public required string Id { get; init; }

    /// <summary>The container's name, or the image's reference.</summary>
    public string? Name { get; init; }

    /// <summary>The image of a container, as it was asked for; for a directory its path.</summary>
    public string? Image { get; init; }

    /// <summary>Its name, or its id.</summary>
    public override string ToString() => Name is { Length: > 0 } ? Name : Id;
}
