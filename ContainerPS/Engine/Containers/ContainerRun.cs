namespace ContainerPS.Engine;

/// <summary>A piece of output as it was read: part of a line, or several.</summary>
/// <param name="stream">Where it was written.</param>
/// <param name="data">Valid until the call it was given to returns.</param>
public readonly ref struct OutputChunk(ContainerStream stream, ReadOnlySpan<byte> data)
{
    public ContainerStream Stream { get; } = stream;

    public ReadOnlySpan<byte> Data { get; } = data;
}

/// <summary>Takes output, on the thread that reads it: what it does slowly slows the container down, and nothing is lost.</summary>
public delegate void OutputHandler(OutputChunk chunk);

/// <summary>
/// A process whose streams the caller holds. Three steps: write to <see cref="Stdin"/> and close it, <see cref="ReadOutput"/>
/// until it returns (or leave that to <see cref="Wait"/>), <see cref="Wait"/>. <see cref="IDisposable.Dispose"/> before the end kills it.
/// </summary>
public abstract class AttachedProcess : IDisposable
{
    private protected AttachedProcess(Container container) => Container = container;

    public Container Container { get; }

    /// <summary>Pid on the host.</summary>
    public abstract int Pid { get; }

    /// <summary>Standard input; null when it was not asked for. Close it to show its end.</summary>
    public abstract Stream? Stdin { get; }

    /// <summary>Hands over all output until both streams have ended. Called once, from one thread.</summary>
    public abstract void ReadOutput(OutputHandler handler, CancellationToken cancellation = default);

    /// <summary>Waits for the end and collects the output that <see cref="ReadOutput"/> did not take.</summary>
    public abstract ExecResult Wait(CancellationToken cancellation = default);

    /// <summary>Kills the process; for a run, all of its container.</summary>
    public abstract void Kill();

    public abstract void Dispose();
}

/// <summary>An attached run of a container (<see cref="ContainerEngine.Run"/>). Unless it is kept, the container is gone when <see cref="AttachedProcess.Wait"/> returns.</summary>
public abstract class ContainerRun : AttachedProcess
{
    private protected ContainerRun(Container container)
        : base(container)
    {
    }
}

/// <summary>A command in a running container (<see cref="ContainerEngine.Exec"/>).</summary>
public abstract class ContainerExec : AttachedProcess
{
    private protected ContainerExec(Container container)
        : base(container)
    {
    }
}
