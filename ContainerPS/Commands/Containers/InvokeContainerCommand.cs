using System.Management.Automation;
using ContainerPS.Engine;

namespace ContainerPS.Commands;

/// <summary>Runs a command in a new container and waits for it.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "Container", SupportsShouldProcess = true, DefaultParameterSetName = FromImage)]
[Alias("Run-Container")]
[OutputType(typeof(string), typeof(byte[]), typeof(ExecResult), typeof(Container), typeof(ContainerJob))]
public sealed class InvokeContainerCommand : ContainerDefinitionCmdlet
{
    private CommandRun? _run;

    /// <summary>The image. Never from the pipeline: that is standard input.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = FromImage)]
    [OneImageArgument]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    public ImageSelector? Image { get; set; }

    /// <summary>Standard input.</summary>
    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyString]
    public PSObject? InputObject { get; set; }

    /// <summary>Standard output as chunks of bytes.</summary>
    [Parameter]
    public SwitchParameter AsBytes { get; set; }

    /// <summary>One object at the end.</summary>
    [Parameter]
    public SwitchParameter AsResult { get; set; }

    /// <summary>Standard error with the output.</summary>
    [Parameter]
    public SwitchParameter MergeStderr { get; set; }

    /// <summary>A file for standard output.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OutFile { get; set; }

    /// <summary>The container stays.</summary>
    [Parameter]
    public SwitchParameter Keep { get; set; }

    /// <summary>Does not wait.</summary>
    [Parameter]
    public SwitchParameter Detach { get; set; }

    /// <summary>Works in the background.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    private protected override ImageSelector? ImageOfSet => Image;

    private object? Source => (object?)Image?.Image ?? Image?.Text ?? RootFs ?? OciSpec;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (!ShouldProcess(Name ?? Source?.ToString() ?? "", "Run container"))
        {
            return;
        }

        try
        {
            Begin(Definition());
        }
        catch (Exception e) when (Errors.IsOurs(e))
        {
            Fail(e, Source);
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (_run is { IsRunning: true } && MyInvocation.ExpectingInput)
        {
            Guard(() => _run.Feed(InputObject));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_run is { IsRunning: true })
        {
            Guard(_run.Finish);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _run?.Dispose();
        }
    }

    private void Begin(ContainerDefinition definition)
    {
        foreach (string warning in Engine.Containers.Warnings(definition))
        {
            WriteWarning(warning);
        }

        if (Detach)
        {
            RunDetached(definition);
        }
        else if (AsJob)
        {
            RunInJob(definition);
        }
        else
        {
            RunAttached(definition);
        }
    }

    private void RunDetached(ContainerDefinition definition)
    {
        if (AsBytes || AsResult || MergeStderr || OutFile is not null)
        {
            throw Invalid("A detached container's output goes to its log only.", "-Detach", "Read it with Get-ContainerLog.");
        }

        Container container = Engine.Containers.Create(definition with { AutoRemove = !Keep });
        try
        {
            Engine.Containers.Start(container, Cancellation);
        }
        catch (Exception)
        {
            Engine.Containers.Remove(container, force: true, CancellationToken.None);
            throw;
        }

        WriteObject(container);
    }

    private void RunInJob(ContainerDefinition definition)
    {
        if (MyInvocation.ExpectingInput)
        {
            throw Invalid("A job takes no standard input.", "-AsJob");
        }

        StreamOptions options = Options();
        (ContainerEngine? engine, bool keep) = (Engine, Keep.IsPresent);
        StartJob([
            new ContainerChildJob(
                Name ?? Source?.ToString() ?? "",
                Source,
                MyInvocation.Line,
                (job, stopped) =>
                {
                    using var run = new CommandRun(job, options);
                    run.Start(() => engine.Containers.Run(definition, new RunOptions { Keep = keep }, stopped), stopped);
                    run.Finish();
                }
            ),
        ]);
    }

    private StreamOptions Options() => StreamParameters.Options(AsBytes, AsResult, MergeStderr, OutFile is null ? null : HostPath(OutFile));

    private void RunAttached(ContainerDefinition definition)
    {
        _run = new CommandRun(new PipelineSink(this), Options());
        _run.Start(
            () => Engine.Containers.Run(definition, new RunOptions { OpenStdin = MyInvocation.ExpectingInput, Keep = Keep }, Cancellation),
            Cancellation
        );
    }

    private void Guard(Action work)
    {
        try
        {
            work();
        }
        catch (Exception e) when (Errors.IsOurs(e))
        {
            _run?.Dispose();
            Report(e, Source);
        }
    }
}
