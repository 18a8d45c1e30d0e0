using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>Thaws containers.</summary>
[Cmdlet(VerbsLifecycle.Resume, "Container", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[Alias("Unpause-Container")]
[OutputType(typeof(Container))]
public sealed class ResumeContainerCommand : ContainerCmdlet
{
    /// <summary>Writes the container.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Process(Container container)
    {
        if (!ShouldProcess(container.Name, "Thaw container"))
        {
            return;
        }

        if (Attempt(container, () => Engine.Containers.Resume(container)) && PassThru)
        {
            WriteObject(container);
        }
    }
}
