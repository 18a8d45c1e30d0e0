using ContainerPS.Native.Linux;

namespace ContainerPS;

/// <summary>What a command in a container wrote and how it ended.</summary>
public sealed record ExecResult
{
    /// <summary>0 to 255; 128 + n for signal n; null when nobody could learn it.</summary>
    public int? ExitCode { get; init; }

    public Signal? Signal { get; init; }

    public bool OomKilled { get; init; }

    /// <summary>Lines of standard output, without their line feeds.</summary>
    public IReadOnlyList<string> Stdout { get; init; } = [];

    /// <summary>Lines of standard error, without their line feeds.</summary>
    public IReadOnlyList<string> Stderr { get; init; } = [];

    public TimeSpan Duration { get; init; }

    /// <summary>Id of the container it ran in.</summary>
    public string Container { get; init; } = "";
}
