namespace ContainerPS.Commands;

/// <summary>What becomes of the output of a command in a container.</summary>
internal sealed record StreamOptions
{
    /// <summary>Standard output as chunks of bytes instead of lines.</summary>
    public bool AsBytes { get; init; }

    /// <summary>Nothing is written before the end, then one ExecResult.</summary>
    public bool AsResult { get; init; }

    /// <summary>Standard error goes where standard output goes.</summary>
    public bool MergeStderr { get; init; }

    /// <summary>A file that takes standard output; closed by the session.</summary>
    public FileStream? OutFile { get; init; }
}
