namespace ContainerPS.Commands;

/// <summary>What the thread that reads a process's output has for the pipeline thread.</summary>
/// <param name="Stream">Where it was written.</param>
/// <param name="Lines">Lines of one chunk.</param>
/// <param name="Bytes">Or the chunk itself.</param>
/// <param name="Ended">Or how the process ended, after all output.</param>
/// <param name="Failure">Or why that cannot be told.</param>
internal sealed record OutputMessage(
    ContainerStream Stream,
    IReadOnlyList<string>? Lines = null,
    byte[]? Bytes = null,
    ExecResult? Ended = null,
    Exception? Failure = null
)
{
    /// <summary>Only wakes the pipeline thread: there is room for input again.</summary>
    public static OutputMessage Wake { get; } = new(ContainerStream.Stdout);
}
