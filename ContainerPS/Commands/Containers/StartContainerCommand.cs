using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>Starts containers.</summary>
[Cmdlet(VerbsLifecycle.Start, "Container", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(Container), typeof(ContainerJob))]
public sealed class StartContainerCommand : ContainerCmdlet
{
    private readonly List<Container> _gathered = [];

    /// <summary>Writes the container.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>Works in the background.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (AsJob)
        {
            StartJob(
                _gathered.Select(c => new ContainerChildJob(c.Name, c, MyInvocation.Line, (job, stopped) => StartInJob(c, job, stopped)))
            );
        }
    }

    private protected override void Process(Container container)
    {
        if (!ShouldProcess(container.Name, "Start container"))
        {
            return;
        }

        if (AsJob)
        {
            _gathered.Add(container);
        }
        else if (Attempt(container, () => Engine.Containers.Start(container, Cancellation)))
        {
            foreach (string warning in Engine.Containers.TakeWarnings())
            {
                WriteWarning(warning);
            }

            if (PassThru)
            {
                WriteObject(container);
            }
        }
    }

    private void StartInJob(Container container, IOutputSink job, CancellationToken stopped)
    {
        Engine.Containers.Start(container, stopped);
        if (PassThru)
        {
            job.Output(container);
        }
    }
}
