using System.Management.Automation;
using ContainerPS.Commands;

namespace ContainerPS;

/// <summary>The part of a job that works on one container.</summary>
public sealed class ContainerChildJob : Job, IOutputSink
{
    private readonly CancellationTokenSource _stopped = new();
    private readonly Action<ContainerChildJob, CancellationToken> _work;
    private readonly object? _target;
    private readonly string? _line;

    /// <param name="name">Of the container, or of the image when it is not made yet.</param>
    /// <param name="target">What errors are about.</param>
    /// <param name="line">What the user typed.</param>
    /// <param name="work">Done on a thread of its own; what it throws is the job's failure.</param>
    internal ContainerChildJob(string name, object? target, string? line, Action<ContainerChildJob, CancellationToken> work)
        : base(line ?? "", name)
    {
        (_target, _line, _work) = (target, line, work);
        PSJobTypeName = nameof(ContainerJob);
    }

    /// <summary>Of the command that the job ran; null while it runs, and for jobs that run none.</summary>
    public int? ExitCode { get; private set; }

    /// <inheritdoc/>
    public override bool HasMoreData => Output.Count > 0 || Error.Count > 0 || Information.Count > 0;

    /// <inheritdoc/>
    public override string Location => "localhost";

    /// <inheritdoc/>
    public override string StatusMessage => ExitCode is { } code ? FormattableString.Invariant($"exit code {code}") : "";

    /// <inheritdoc/>
    public override void StopJob() => _stopped.Cancel();

    void IOutputSink.Output(object value) => Output.Add(PSObject.AsPSObject(value));

    void IOutputSink.ErrorLine(string line)
    {
        var record = new InformationRecord(line, Name);
        record.Tags.AddRange(CommandRun.StderrTags);
        Information.Add(record);
    }

    void IOutputSink.Failed(ErrorRecord error) => Error.Add(error);

    void IOutputSink.Exited(int exitCode) => ExitCode = exitCode;

    internal void Run()
    {
        SetJobState(JobState.Running);
        try
        {
            _stopped.Token.ThrowIfCancellationRequested();
            _work(this, _stopped.Token);
            SetJobState(JobState.Completed);
        }
        catch (OperationCanceledException) when (_stopped.IsCancellationRequested)
        {
            SetJobState(JobState.Stopped);
        }
        catch (Exception e)
        {
            Error.Add(Errors.Record(e, _target, _line));
            SetJobState(JobState.Failed);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stopped.Cancel();
        }

        base.Dispose(disposing);
    }
}
