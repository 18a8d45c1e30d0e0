using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>Removes containers.</summary>
[Cmdlet(
    VerbsCommon.Remove,
    "Container",
    SupportsShouldProcess = true,
    ConfirmImpact = ConfirmImpact.Medium,
    DefaultParameterSetName = ByName
)]
[OutputType(typeof(Container), typeof(ContainerJob))]
public sealed class RemoveContainerCommand : ManyContainersCmdlet
{
    /// <summary>Running ones too.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Writes what was removed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override bool Confirmed(Container container) => ShouldProcess(container.Name, "Remove container");

    private protected override void Work(Container container, CancellationToken cancellation) =>
        Engine.Containers.Remove(container, Force, cancellation);

    private protected override bool WritesContainer => PassThru;
}
