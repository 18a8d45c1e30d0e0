using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using ContainerPS.Engine;

namespace ContainerPS.Commands;

/// <summary>
/// What every cmdlet of this module is: it resolves its arguments, asks the user, calls the engine once for each thing and writes.
/// Cancellation comes from StopProcessing (Ctrl+C) and from Dispose (<c>Select-Object -First 2</c> calls nothing else).
/// </summary>
public abstract class EngineCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private bool _disposed;

    private protected EngineCmdlet() { }

    internal static ContainerEngine Engine => EngineSession.Current;

    internal CancellationToken Cancellation => _cancellation.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Abandons what is still under way. Runs on the pipeline thread, after the last output or instead of it.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (_disposed || !disposing)
        {
            return;
        }

        _disposed = true;
        Cancel();
        lock (_cancellation)
        {
            _cancellation.Dispose();
        }
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => Cancel();

    /// <summary>Calls the engine for one thing. A failure is one non-terminating error and the pipeline goes on.</summary>
    internal bool Attempt(object? target, Action call)
    {
        try
        {
            call();
            return true;
        }
        catch (Exception e) when (Errors.IsOurs(e))
        {
            Report(e, target);
            return false;
        }
    }

    /// <inheritdoc cref="Attempt(object?, Action)"/>
    internal bool Attempt<T>(object? target, Func<T> call, [NotNullWhen(true)] out T? result)
    {
        T? value = default;
        bool done = Attempt(
            target,
            () =>
            {
                value = call();
            }
        );
        result = value;
        return done;
    }

    /// <summary>Writes a failure, unless it is only that this command was stopped.</summary>
    internal void Report(Exception failure, object? target)
    {
        if (failure is OperationCanceledException && Cancellation.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }

        WriteError(Errors.Record(failure, target, MyInvocation.Line));
    }

    /// <summary>Ends the command for a failure that makes the whole of it meaningless.</summary>
    [DoesNotReturn]
    private protected void Fail(Exception failure, object? target)
    {
        ThrowTerminatingError(Errors.Record(failure, target, MyInvocation.Line));
        throw new PipelineStoppedException();
    }

    /// <summary>The absolute path of a file that the user named relative to PowerShell's location, which is not the process's.</summary>
    private protected string HostPath(string path)
    {
        string absolute = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo? provider, out _);
        if (provider.Name != "FileSystem")
        {
            Fail(
                new EngineException(
                    ErrorIds.PathNotFound,
                    EngineErrorKind.InvalidArgument,
                    $"'{path}' is not a path of the file system.",
                    path
                ),
                path
            );
        }

        return absolute;
    }

    /// <summary>Writes a job that works in the background, on each child side by side.</summary>
    internal void StartJob(IEnumerable<ContainerChildJob> children, int throttle = 32)
    {
        var job = new ContainerJob(MyInvocation.Line, throttle, children);
        JobRepository.Add(job);
        job.Start();
        WriteObject(job);
    }

    private protected static EngineException Invalid(string problem, string? target, string? remedy = null) =>
        new(ErrorIds.ArgumentInvalid, EngineErrorKind.InvalidArgument, problem, target, remedy);

    private void Cancel()
    {
        lock (_cancellation)
        {
            if (!_disposed || !_cancellation.IsCancellationRequested)
            {
                _cancellation.Cancel();
            }
        }
    }
}
