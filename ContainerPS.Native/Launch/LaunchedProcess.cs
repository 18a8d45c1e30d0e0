namespace ContainerPS.Native.Launch;

/// <summary>A process that runs: proven past its execve. Disposing it closes this side's streams and leaves the process alone.</summary>
public abstract class LaunchedProcess : IDisposable
{
    /// <summary>Pid as the starter's pid namespace sees it.</summary>
    public abstract int Pid { get; }

    /// <summary>The write end of the process's standard input, when asked for. Closing it is the end of file.</summary>
    public abstract Stream? Stdin { get; }

    public abstract Stream? Stdout { get; }
    public abstract Stream? Stderr { get; }

    /// <summary>Blocks until the process has ended. Its output may still wait in the streams: read them to their end.</summary>
    public ExitRecord WaitForExit(CancellationToken cancellation = default) => WaitForExit(null, cancellation);

    /// <summary>The same.</summary>
    /// <param name="known">Called with the exit, once, before the next start is made ready: that wants the processor.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public abstract ExitRecord WaitForExit(Action<ExitRecord>? known, CancellationToken cancellation = default);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}
