namespace ContainerPS.Native.Launch;

/// <summary>
/// The container's standard streams. With a monitor: stdout and stderr are FIFOs that the monitor logs; a runtime without monitor and an
/// exec get the descriptors named here.
/// </summary>
public sealed record StdioSettings
{
    /// <summary>Keep stdin open: a FIFO in the run directory (container) or a pipe (exec). False is /dev/null.</summary>
    public bool OpenStdin { get; init; }

    /// <summary>Give the starter <see cref="LaunchedProcess.Stdin"/>; needs <see cref="OpenStdin"/>.</summary>
    public bool AttachStdin { get; init; }

    /// <summary>Give the starter a lossless copy of stdout and stderr.</summary>
    public bool AttachOutput { get; init; }

    /// <summary>The starter's own descriptors 0, 1 and 2 are passed on unchanged (OCI runtime, detached exec).</summary>
    public bool Inherit { get; init; }
}
