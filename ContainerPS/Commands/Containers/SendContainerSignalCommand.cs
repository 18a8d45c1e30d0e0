using System.Management.Automation;
using ContainerPS.Native.Linux;

namespace ContainerPS.Commands;

/// <summary>Sends a signal to the first process of containers.</summary>
[Cmdlet(VerbsCommunications.Send, "ContainerSignal", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[Alias("Kill-Container")]
[OutputType(typeof(Container))]
public sealed class SendContainerSignalCommand : ContainerCmdlet
{
    /// <summary>The signal.</summary>
    [Parameter]
    [SignalArgument]
    [ArgumentCompleter(typeof(SignalCompleter))]
    public Signal Signal { get; set; } = Signal.Kill;

    /// <summary>Writes the container.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Process(Container container)
    {
        if (!ShouldProcess(container.Name, $"Send SIG{Signal.ToString().ToUpperInvariant()}"))
        {
            return;
        }

        if (Attempt(container, () => Engine.Containers.Kill(container, Signal)) && PassThru)
        {
            WriteObject(container);
        }
    }
}
