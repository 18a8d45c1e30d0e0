using System.ComponentModel;
using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>
/// A cmdlet whose work on a container takes time: it gathers what the pipeline brings and works on all at once at the end. Ten containers
/// that ignore SIGTERM are stopped in ten seconds, not a hundred.
/// </summary>
public abstract class ManyContainersCmdlet : ContainerCmdlet
{
    private readonly List<Container> _gathered = [];
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    private protected ManyContainersCmdlet() { }

    /// <summary>How many are worked on at a time.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    [DefaultValue(32)]
    public int ThrottleLimit { get; set; } = 32;

    /// <summary>Works in the background.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    private protected sealed override void Process(Container container)
    {
        if (_ids.Add(container.Id) && Confirmed(container))
        {
            _gathered.Add(container);
        }
    }

    /// <inheritdoc/>
    protected sealed override void EndProcessing()
    {
        if (AsJob)
        {
            StartJob(
                _gathered.Select(c => new ContainerChildJob(c.Name, c, MyInvocation.Line, (job, stopped) => WorkInJob(c, job, stopped))),
                ThrottleLimit
            );
            return;
        }

        // An abandoned pipeline leaves the enumeration early: the workers end by the cancelled token, which outlives its source.
        CancellationToken cancellation = Cancellation;
        foreach ((Container? container, Exception? failure) in SideBySide.Run(_gathered, ThrottleLimit, c => Work(c, cancellation)))
        {
            if (failure is not null)
            {
                Report(failure, container);
            }
            else if (WritesContainer)
            {
                WriteObject(container);
            }
        }
    }

    /// <summary>Asks the user, on the pipeline thread.</summary>
    private protected abstract bool Confirmed(Container container);

    /// <summary>Does the work, on any thread: it writes nothing.</summary>
    private protected abstract void Work(Container container, CancellationToken cancellation);

    /// <summary>Whether a container that is done is written.</summary>
    private protected abstract bool WritesContainer { get; }

    private void WorkInJob(Container container, IOutputSink job, CancellationToken stopped)
    {
        Work(container, stopped);
        if (WritesContainer)
        {
            job.Output(container);
        }
    }
}
