using System.Management.Automation;
using ContainerPS.Engine;

namespace ContainerPS.Commands;

/// <summary>
/// Runs a command in running containers. When the container is named, the pipeline is the command's standard input; when the container is
/// piped, the command has none.
/// </summary>
[Cmdlet(VerbsLifecycle.Invoke, "ContainerCommand", SupportsShouldProcess = true, DefaultParameterSetName = Named)]
[Alias("Exec-Container")]
[OutputType(typeof(string), typeof(byte[]), typeof(ExecResult), typeof(ContainerJob))]
public sealed class InvokeContainerCommandCommand : EngineCmdlet
{
    private const string Named = "Named";
    private const string Piped = "Piped";

    private readonly List<Container> _gathered = [];
    private string? _outFile;
    private CommandRun? _run;

    /// <summary>The containers.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = Named)]
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = Piped)]
    [Alias("Container")]
    [ContainerArgument]
    [ArgumentCompleter(typeof(ContainerNameCompleter))]
    [ValidateNotNullOrEmpty]
    public ContainerReference[]? Name { get; set; }

    /// <summary>The command and its arguments.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromRemainingArguments = true)]
    [Alias("ArgumentList")]
    [AllowEmptyString]
    [ValidateNotNullOrEmpty]
    public string[]? Command { get; set; }

    /// <summary>Standard input.</summary>
    [Parameter(ValueFromPipeline = true, ParameterSetName = Named)]
    [AllowNull]
    [AllowEmptyString]
    public PSObject? InputObject { get; set; }

    /// <summary>user[:group], by name or number.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? User { get; set; }

    /// <summary>In the container.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? WorkingDir { get; set; }

    /// <summary>Environment variables, added to the container's.</summary>
    [Parameter]
    [KeyValueArgument(FromEnvironment = true)]
    public IReadOnlyDictionary<string, string?>? Env { get; set; }

    /// <summary>All capabilities, no seccomp.</summary>
    [Parameter]
    public SwitchParameter Privileged { get; set; }

    /// <summary>How long it may take before it is killed.</summary>
    [Parameter]
    [DurationArgument(RefuseZero = true)]
    public Duration? Timeout { get; set; }

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

    /// <summary>Works in the background.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    private bool InputIsStdin => ParameterSetName == Named && MyInvocation.ExpectingInput;

    private bool HasStarted => _run is { IsRunning: true };

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        _outFile = OutFile is null ? null : HostPath(OutFile);
        if (InputIsStdin)
        {
            StartForInput();
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (InputIsStdin)
        {
            if (HasStarted)
            {
                Guarded(Name, () => _run!.Feed(InputObject));
            }

            return;
        }

        foreach (Container container in ObjectKinds.Containers.Find(this, Name!).Where(c => ShouldProcess(c.Name, "Run command")))
        {
            if (AsJob)
            {
                _gathered.Add(container);
            }
            else
            {
                RunToEnd(container);
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (HasStarted)
        {
            Guarded(Name, _run!.Finish);
        }

        if (AsJob)
        {
            StartJob(
                _gathered.Select(c => new ContainerChildJob(c.Name, c, MyInvocation.Line, (job, stopped) => RunInJob(c, job, stopped)))
            );
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

    private void StartForInput()
    {
        try
        {
            var containers = Name!.SelectMany(n => ObjectKinds.Containers.Find(Engine, n)).ToList();
            if (containers.Count != 1)
            {
                throw Invalid(
                    FormattableString.Invariant(
                        $"The pipeline is the command's standard input, and {containers.Count} containers are named."
                    ),
                    string.Join(", ", Name!.AsEnumerable()),
                    "Name one."
                );
            }

            if (AsJob)
            {
                throw Invalid("A job takes no standard input.", "-AsJob");
            }

            if (!ShouldProcess(containers[0].Name, "Run command"))
            {
                return;
            }

            _run = NewRun(new PipelineSink(this));
            _run.Start(() => Engine.Containers.Exec(containers[0], Definition(openStdin: true), Cancellation), Cancellation);
        }
        catch (Exception e) when (Errors.IsOurs(e))
        {
            Fail(e, Name);
        }
    }

    private void RunToEnd(Container container)
    {
        Guarded(
            container,
            () =>
            {
                _run = NewRun(new PipelineSink(this));
                _run.Start(() => Engine.Containers.Exec(container, Definition(openStdin: false), Cancellation), Cancellation);
                _run.Finish();
            }
        );
    }

    private void RunInJob(Container container, IOutputSink job, CancellationToken stopped)
    {
        using CommandRun run = NewRun(job);
        run.Start(() => Engine.Containers.Exec(container, Definition(openStdin: false), stopped), stopped);
        run.Finish();
    }

    private ExecDefinition Definition(bool openStdin) =>
        new()
        {
            Command = Command!,
            User = User,
            WorkingDir = WorkingDir,
            Env = Env ?? new Dictionary<string, string?>(),
            Privileged = Privileged,
            OpenStdin = openStdin,
        };

    private CommandRun NewRun(IOutputSink sink) =>
        new(sink, StreamParameters.Options(AsBytes, AsResult, MergeStderr, _outFile)) { Timeout = Timeout?.Value };

    // Whatever goes wrong, the command does not stay behind.
    private void Guarded(object? target, Action work)
    {
        try
        {
            work();
        }
        catch (Exception e) when (Errors.IsOurs(e))
        {
            _run?.Dispose();
            Report(e, target);
        }
    }
}
