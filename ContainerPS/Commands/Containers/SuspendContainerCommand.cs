using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>Freezes containers.</summary>
[Cmdlet(VerbsLifecycle.Suspend, "Container", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[Alias("Pause-Container")]
[OutputType(typeof(Container))]
public sealed class SuspendContainerCommand : ContainerCmdlet
{
    /// <summary>Writes the container.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Process(Container container)
    {
        if (!ShouldProcess(container.Name, "Freeze container"))
        {
            return;
        }

        if (Attempt(container, () => Engine.Containers.Pause(container)) && PassThru)
        {
            WriteObject(container);
        }
    }
}
