using System.Management.Automation;
using ContainerPS.Native.Linux;

namespace ContainerPS.Commands;

/// <summary>Makes an image of a directory or a tar file.</summary>
[Cmdlet(VerbsCommon.New, "Image", SupportsShouldProcess = true)]
[OutputType(typeof(Image))]
public sealed class NewImageCommand : EngineCmdlet
{
    /// <summary>A directory or a tar file with a root file system.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string RootFs { get; set; } = "";

    /// <summary>The image's name.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ImageReferenceArgument]
    public ImageReference Name { get; set; } = null!;

    /// <summary>What its containers run, before the command.</summary>
    [Parameter]
    public string[]? Entrypoint { get; set; }

    /// <summary>What its containers run when they are given no command.</summary>
    [Parameter]
    public string[]? Command { get; set; }

    /// <summary>Environment variables of its containers.</summary>
    [Parameter]
    [KeyValueArgument(FromEnvironment = true)]
    public IReadOnlyDictionary<string, string?>? Env { get; set; }

    /// <summary>user[:group] of its containers.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? User { get; set; }

    /// <summary>Working directory of its containers.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? WorkingDir { get; set; }

    /// <summary>Labels.</summary>
    [Parameter]
    [KeyValueArgument]
    public IReadOnlyDictionary<string, string?>? Label { get; set; }

    /// <summary>The signal that stops its containers.</summary>
    [Parameter]
    [SignalArgument]
    [ArgumentCompleter(typeof(SignalCompleter))]
    public Signal? StopSignal { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        string path = HostPath(RootFs);
        if (!ShouldProcess(Name.ToString(), $"Create image from {path}"))
        {
            return;
        }

        if (
            Attempt(
                RootFs,
                () => ProgressRelay.Run(this, progress => Engine.Images.FromRootFs(path, Name, Config(), progress, Cancellation)),
                out Image? image
            )
        )
        {
            WriteObject(image);
        }
    }

    private ImageConfig Config() =>
        new()
        {
            Entrypoint = Entrypoint ?? [],
            Cmd = Command ?? [],
            Env = [.. (Env ?? new Dictionary<string, string?>()).Where(e => e.Value is not null).Select(e => $"{e.Key}={e.Value}")],
            User = User ?? "",
            WorkingDir = WorkingDir ?? "",
            Labels = (Label ?? new Dictionary<string, string?>()).ToDictionary(l => l.Key, l => l.Value ?? "", StringComparer.Ordinal),
            StopSignal = StopSignal is { } signal ? "SIG" + signal.ToString().ToUpperInvariant() : "",
        };
}
