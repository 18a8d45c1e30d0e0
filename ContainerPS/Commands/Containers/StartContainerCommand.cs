using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>Starts containers.</summary>
[Cmdlet(VerbsLifecycle.Start, "Container", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(Container))]
public sealed class StartContainerCommand : ContainerCmdlet
{
    /// <summary>Writes the container.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Process(Container container)
    {
        if (!ShouldProcess(container.Name, "Start container")) return;
        if (Attempt(container, () => Engine.Start(container, Cancellation)) && PassThru) WriteObject(container);
    }
}
