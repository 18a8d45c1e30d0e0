using System.Management.Automation;
using ContainerPS.Engine;

namespace ContainerPS.Commands;

/// <summary>
/// A command in a container as a cmdlet's work: its output goes down the pipeline, its standard error to the information stream (as error records it would
/// end a pipeline under <c>ErrorActionPreference = Stop</c> at the first warning), its exit code to <c>$LASTEXITCODE</c>.
/// </summary>
internal sealed class CommandRun(EngineCmdlet cmdlet, StreamOptions options) : IOutputSink, IDisposable
{
    /// <summary>PSHOST makes PowerShell show it on the console and lets 6>&amp;1 and -InformationVariable take it.</summary>
    private static readonly string[] StderrTags = ["ContainerStderr", "PSHOST"];

    private AttachedSession? _session;
    private CancellationTokenSource? _deadline;
    private string? _target;

    /// <summary>How long the process may run; null for as long as it takes.</summary>
    public TimeSpan? Timeout { get; init; }

    public bool IsRunning => _session is not null;

    /// <summary>Starts the process. A start that fails ends the command, with the exit code that a shell gives for it.</summary>
    public void Start(Func<AttachedProcess> start, CancellationToken cancellation)
    {
        try
        {
            var process = start();
            _target = process.Container.Name;
            _deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            if (Timeout is { } timeout) _deadline.CancelAfter(timeout);
            _session = new AttachedSession(process, options, this, _deadline.Token);
        }
        catch (ContainerStartException e)
        {
            SetLastExitCode(e.ExitCode);
            throw;
        }
        catch (EngineException)
        {
            SetLastExitCode(125);
            throw;
        }
    }

    public void Feed(object? input) => InTime(() => _session?.Feed(input));

    /// <summary>Writes the rest of the output, then the exit.</summary>
    public void Finish()
    {
        ExecResult? ended = null;
        InTime(() => ended = _session!.Finish());
        var result = ended!;
        Dispose();
        SetLastExitCode(result.ExitCode ?? 125);
        if (options.AsResult) cmdlet.WriteObject(result);
        else if (result.ExitCode != 0) cmdlet.WriteError(Errors.Record(Unsuccessful(result), _target, line: null));
    }

    public void Output(object value) => cmdlet.WriteObject(value, enumerateCollection: false);

    public void ErrorLine(string line) => cmdlet.WriteInformation(line, StderrTags);

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
        catch (OperationCanceledException) when (!cmdlet.Cancellation.IsCancellationRequested)
        {
            // As timeout(1) does.
            SetLastExitCode(124);
            throw new ContainerTimeoutException(ErrorIds.WaitTimeout, $"The command in container '{_target}' took longer than {new Duration(Timeout ?? TimeSpan.Zero)} and was killed.", _target);
        }
    }

    private void SetLastExitCode(int code) => cmdlet.SessionState.PSVariable.Set("global:LASTEXITCODE", code);

    private ContainerExitException Unsuccessful(ExecResult result)
    {
        var signal = result.Signal is { } s ? "SIG" + s.ToString().ToUpperInvariant() : null;
        return result.OomKilled
            ? new(ErrorIds.ContainerOomKilled, EngineErrorKind.LimitExceeded, $"The command in container '{_target}' was ended by the kernel: its memory limit was reached.", result.ExitCode ?? 137, signal, _target, "Give it more with -MemoryMax.")
            : new(ErrorIds.ContainerExitNonZero, EngineErrorKind.InvalidResult, Ending(result, signal), result.ExitCode ?? 125, signal, _target);
    }

    private string Ending(ExecResult result, string? signal) => result.ExitCode is not { } code
        ? $"Nobody could learn how the command in container '{_target}' ended."
        : FormattableString.Invariant($"The command in container '{_target}' ended with exit code {code}{(signal is null ? "" : $" ({signal})")}.");
}
