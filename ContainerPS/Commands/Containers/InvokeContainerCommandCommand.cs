using System.Management.Automation;
using ContainerPS.Engine;

namespace ContainerPS.Commands;

/// <summary>
/// Runs a command in running containers. When the container is named, the pipeline is the command's standard input; when the container is piped, the
/// command has none.
/// </summary>
[Cmdlet(VerbsLifecycle.Invoke, "ContainerCommand", SupportsShouldProcess = true, DefaultParameterSetName = Named)]
[Alias("Exec-Container")]
[OutputType(typeof(string), typeof(byte[]), typeof(ExecResult))]
public sealed class InvokeContainerCommandCommand : EngineCmdlet
{
    private const string Named = "Named";
    private const string Piped = "Piped";

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

    private bool InputIsStdin => ParameterSetName == Named && MyInvocation.ExpectingInput;

    private bool HasStarted => _run is { IsRunning: true };

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (InputIsStdin) StartForInput();
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (InputIsStdin)
        {
            if (HasStarted) Guarded(Name, () => _run!.Feed(InputObject));
            return;
        }

        foreach (var reference in Name!)
        {
            if (!Attempt(reference.ToString(), () => ContainerSelection.Find(Engine, reference).ToList(), out var found)) continue;
            foreach (var container in found) RunToEnd(container);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (HasStarted) Guarded(Name, _run!.Finish);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) _run?.Dispose();
    }

    private void StartForInput()
    {
        try
        {
            var containers = Name!.SelectMany(n => ContainerSelection.Find(Engine, n)).ToList();
            if (containers.Count != 1)
                throw Invalid(FormattableString.Invariant($"The pipeline is the command's standard input, and {containers.Count} containers are named."), string.Join(", ", Name!.AsEnumerable()), "Name one.");
            if (ShouldProcess(containers[0].Name, "Run command")) Start(containers[0], openStdin: true);
        }
        catch (Exception e) when (Errors.IsOurs(e))
        {
            Fail(e, Name);
        }
    }

    private void RunToEnd(Container container)
    {
        if (!ShouldProcess(container.Name, "Run command")) return;
        Guarded(container, () =>
        {
            Start(container, openStdin: false);
            _run!.Finish();
        });
    }

    private void Start(Container container, bool openStdin)
    {
        var definition = new ExecDefinition
        {
            Command = Command!,
            User = User,
            WorkingDir = WorkingDir,
            Env = Env ?? new Dictionary<string, string?>(),
            Privileged = Privileged,
            OpenStdin = openStdin,
        };
        _run = new CommandRun(this, StreamParameters.Options(this, AsBytes, AsResult, MergeStderr, OutFile is null ? null : HostPath(OutFile))) { Timeout = Timeout?.Value };
        _run.Start(() => Engine.Exec(container, definition, Cancellation), Cancellation);
    }

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
