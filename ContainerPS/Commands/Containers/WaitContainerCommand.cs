using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>Waits until containers have ended.</summary>
[Cmdlet(VerbsLifecycle.Wait, "Container", DefaultParameterSetName = ByName)]
[OutputType(typeof(Container), typeof(ContainerJob))]
public sealed class WaitContainerCommand : ManyContainersCmdlet
{
    /// <summary>How long to wait.</summary>
    [Parameter]
    [DurationArgument]
    public Duration? Timeout { get; set; }

    private protected override bool Confirmed(Container container) => true;

    private protected override void Work(Container container, CancellationToken cancellation) =>
        Engine.Containers.Wait(container, Timeout?.Value, cancellation);

    private protected override bool WritesContainer => true;
}
