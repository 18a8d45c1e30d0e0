using System.Management.Automation;
using ContainerPS.Native.Linux;

namespace ContainerPS.Commands;

/// <summary>Stops containers.</summary>
[Cmdlet(VerbsLifecycle.Stop, "Container", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(Container), typeof(ContainerJob))]
public sealed class StopContainerCommand : ManyContainersCmdlet
{
    /// <summary>How long it may take before it is killed.</summary>
    [Parameter]
    [DurationArgument]
    public Duration? Timeout { get; set; }

    /// <summary>Instead of the container's stop signal.</summary>
    [Parameter]
    [SignalArgument]
    [ArgumentCompleter(typeof(SignalCompleter))]
    public Signal? Signal { get; set; }

    /// <summary>Kills at once.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Writes the container.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override bool Confirmed(Container container) =>
        ShouldProcess(container.Name, Force ? "Kill container" : "Stop container");

    private protected override void Work(Container container, CancellationToken cancellation) =>
        Engine.Containers.Stop(container, Force ? TimeSpan.Zero : Timeout?.Value, Force ? Native.Linux.Signal.Kill : Signal, cancellation);

    private protected override bool WritesContainer => PassThru;
}
