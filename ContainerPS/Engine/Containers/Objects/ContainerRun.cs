using System.Diagnostics;
using ContainerPS.Engine.Containers.Attach;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;

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
/// until it returns (or leave that to <see cref="Wait"/>), <see cref="Wait"/>. <see cref="Dispose()"/> before the end kills it.
/// </summary>
public abstract class AttachedProcess : IDisposable
{
    private readonly OutputLines _lines = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private bool _outputTaken;
    private ExecResult? _result;

    private protected AttachedProcess(Container container, LaunchedProcess process)
    {
        Container = container;
        Process = process;
    }

    public Container Container { get; }

    /// <summary>Pid on the host.</summary>
    public int Pid => Process.Pid;

    /// <summary>Standard input; null when it was not asked for. Close it to show its end.</summary>
    public Stream? Stdin => Process.Stdin;

    private protected LaunchedProcess Process { get; }

    /// <summary>Hands over all output until both streams have ended. Called once, from one thread.</summary>
    public void ReadOutput(OutputHandler handler, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _outputTaken = true;
        Pump(Process.Stdout as FileStream, Process.Stderr as FileStream, handler, cancellation);
    }

    /// <summary>Waits for the end, with the output that <see cref="ReadOutput"/> did not take.</summary>
    public ExecResult Wait(CancellationToken cancellation = default)
    {
        if (_result is not null)
        {
            return _result;
        }

        if (!_outputTaken)
        {
            ReadOutput(_lines.Add, cancellation);
        }

        ExitRecord exit = Process.WaitForExit(Exited, cancellation);
        _result = new ExecResult
        {
            ExitCode = exit.ShellCode,
            Signal = exit.Signal > 0 ? (Signal)exit.Signal : null,
            OomKilled = exit.OomKilled,
            Stdout = _lines.Of(ContainerStream.Stdout),
            Stderr = _lines.Of(ContainerStream.Stderr),
            Duration = _clock.Elapsed,
            Container = Container.Id,
        };
        Ended();
        return _result;
    }

    /// <summary>Kills the process; for a run, all of its container.</summary>
    public abstract void Kill();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    private protected virtual void Pump(FileStream? stdout, FileStream? stderr, OutputHandler handler, CancellationToken cancellation) =>
        new OutputPump(stdout, stderr, null).Run(handler, cancellation);

    /// <summary>What is to be done once, when the exit is known, before this process makes ready for its next start.</summary>
    private protected virtual void Exited(ExitRecord exit) { }

    /// <summary>What is to be done once, after the end.</summary>
    private protected virtual void Ended() { }

    protected virtual void Dispose(bool disposing)
    {
        if (!disposing)
        {
            return;
        }

        if (_result is null)
        {
            Abandon();
        }

        Process.Dispose();
    }

    private void Abandon()
    {
        Kill();
        _outputTaken = true;
        Process.Stdin?.Dispose();
        // Nobody wants the rest of the output; closed ends let the monitor drop it.
        Process.Stdout?.Dispose();
        Process.Stderr?.Dispose();
        Wait();
    }
}

/// <summary>
/// An attached run of a container (<see cref="ContainerCollection.Run"/>). Unless it is kept, the container is gone when
/// <see cref="AttachedProcess.Wait"/> returns.
/// </summary>
public sealed class ContainerRun : AttachedProcess
{
    private readonly Action _kill;
    private readonly Action _ended;

    internal ContainerRun(Container container, LaunchedContainer launched, Action kill, Action ended)
        : base(container, launched)
    {
        _kill = kill;
        _ended = ended;
    }

    /// <inheritdoc/>
    public override void Kill() => _kill();

    private protected override void Ended() => _ended();
}

/// <summary>A command in a running container (<see cref="ContainerCollection.Exec"/>).</summary>
public sealed class ContainerExec : AttachedProcess
{
    // Its number may be somebody else's once it has been reaped: the descriptor stays its own.
    private readonly Pidfd? _pidfd;

    private readonly Action<int?> _ended;

    internal ContainerExec(Container container, LaunchedProcess process, Action<int?> ended)
        : base(container, process)
    {
        _pidfd = Pidfd.TryOpen(process.Pid);
        _ended = ended;
    }

    /// <inheritdoc/>
    public override void Kill() => _pidfd?.SendSignal(Signal.Kill);

    private protected override void Exited(ExitRecord exit) => _ended(exit.ShellCode);

    private protected override void Pump(FileStream? stdout, FileStream? stderr, OutputHandler handler, CancellationToken cancellation) =>
        new OutputPump(stdout, stderr, _pidfd, hasEnded: _pidfd is null).Run(handler, cancellation);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _pidfd?.Dispose();
        }
    }
}
