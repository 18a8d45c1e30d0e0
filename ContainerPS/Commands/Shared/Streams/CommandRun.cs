using ContainerPS.Engine;

namespace ContainerPS.Commands;

/// <summary>
/// A command in a container as the work of a cmdlet or a job: its output goes to the sink, its standard error as information (as error
/// records it would end a pipeline under <c>ErrorActionPreference = Stop</c> at the first warning), at the end its exit code.
/// </summary>
internal sealed class CommandRun(IOutputSink sink, StreamOptions options) : IDisposable
{
    /// <summary>PSHOST makes PowerShell show it on the console and lets 6>&amp;1 and -InformationVariable take it.</summary>
    public static readonly string[] StderrTags = ["ContainerStderr", "PSHOST"];

    private AttachedSession? _session;
    private CancellationTokenSource? _deadline;
    private CancellationToken _cancellation;
    private string? _target;

    /// <summary>How long the process may run; null for as long as it takes.</summary>
    public TimeSpan? Timeout { get; init; }

    public bool IsRunning => _session is not null;

    /// <summary>Starts the process. A start that fails ends the command, with the exit code that a shell gives for it.</summary>
    public void Start(Func<AttachedProcess> start, CancellationToken cancellation)
    {
        _cancellation = cancellation;
        try
        {
            AttachedProcess process = start();
            _target = process.Container.Name;
            _deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            if (Timeout is { } timeout)
            {
                _deadline.CancelAfter(timeout);
            }

            _session = new AttachedSession(process, options, sink, _deadline.Token);
        }
        catch (ContainerStartException e)
        {
            sink.Exited(e.ExitCode);
            throw;
        }
        catch (EngineException)
        {
            sink.Exited(125);
            throw;
        }
    }

    public void Feed(object? input) => InTime(() => _session?.Feed(input));

    /// <summary>Writes the rest of the output, then the exit.</summary>
    public void Finish()
    {
        ExecResult? ended = null;
        InTime(() => ended = _session!.Finish());
        ExecResult result = ended!;
        Dispose();
        sink.Exited(result.ExitCode ?? 125);
        if (options.AsResult)
        {
            sink.Output(result);
        }
        else if (result.ExitCode != 0)
        {
            sink.Failed(Errors.Record(Unsuccessful(result), _target, line: null));
        }
    }

    public void Dispose()
    {
        _session?.Dispose();
        _session = null;
        _deadline?.Dispose();
        _deadline = null;
    }

    private void InTime(Action work)
    {
        try
        {
            work();
        }
        catch (OperationCanceledException) when (!_cancellation.IsCancellationRequested)
        {
            // As timeout(1) does.
            sink.Exited(124);
            throw new ContainerTimeoutException(
                ErrorIds.WaitTimeout,
                $"The command in container '{_target}' took longer than {new Duration(Timeout ?? TimeSpan.Zero)} and was killed.",
                _target
            );
        }
    }

    private ContainerExitException Unsuccessful(ExecResult result)
    {
        string? signal = result.Signal is { } s ? "SIG" + s.ToString().ToUpperInvariant() : null;
        return result.OomKilled
            ? new(
                ErrorIds.ContainerOomKilled,
                EngineErrorKind.LimitExceeded,
                $"The command in container '{_target}' was ended by the kernel: its memory limit was reached.",
                result.ExitCode ?? 137,
                signal,
                _target,
                "Give it more with -MemoryMax."
            )
            : new(
                ErrorIds.ContainerExitNonZero,
                EngineErrorKind.InvalidResult,
                Ending(result, signal),
                result.ExitCode ?? 125,
                signal,
                _target
            );
    }

    private string Ending(ExecResult result, string? signal) =>
        result.ExitCode is not { } code
            ? $"Nobody could learn how the command in container '{_target}' ended."
            : FormattableString.Invariant(
                $"The command in container '{_target}' ended with exit code {code}{(signal is null ? "" : $" ({signal})")}."
            );
}
