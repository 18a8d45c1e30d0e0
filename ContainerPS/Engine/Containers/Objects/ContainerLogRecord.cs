namespace ContainerPS;

/// <summary>Where a line of output was written.</summary>
public enum ContainerStream
{
    Stdout,
    Stderr,
}

/// <summary>A line of a container's log.</summary>
public sealed record ContainerLogRecord
{
    public DateTimeOffset Time { get; init; }

    public ContainerStream Stream { get; init; }

    /// <summary>The line without its line feed; bytes that are no UTF-8 are shown as U+FFFD.</summary>
    public string Message { get; init; } = "";

    /// <summary>Name of the container.</summary>
    public string Container { get; init; } = "";

    /// <summary>
    /// The line goes on in the next record of the same stream: it was longer than the log keeps in one piece, or has no end yet.
    /// </summary>
    public bool Partial { get; init; }

    public override string ToString() => Message;
}
