using System.ComponentModel;
using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>A cmdlet whose work on a container takes time: it works on all that the pipeline brings at once, at the end.</summary>
public abstract class ManyContainersCmdlet : ContainerCmdlet
{
    private readonly ObjectBatch<Container> _batch;

    private protected ManyContainersCmdlet() => _batch = new ObjectBatch<Container>(this, container => container.Id, Work);

    /// <summary>How many are worked on at a time.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    [DefaultValue(32)]
    public int ThrottleLimit { get; set; } = 32;

    /// <summary>Works in the background.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    private protected sealed override void Process(Container item) => _batch.Add(item, Confirmed);

    /// <inheritdoc/>
    protected sealed override void EndProcessing()
    {
        if (AsJob)
        {
            _batch.WorkInJob(ThrottleLimit, WritesContainer);
        }
        else
        {
            _batch.Work(ThrottleLimit, WritesContainer);
        }
    }

    /// <summary>Asks the user, on the pipeline thread.</summary>
    private protected abstract bool Confirmed(Container container);

    /// <summary>Does the work, on any thread: it writes nothing.</summary>
    private protected abstract void Work(Container container, CancellationToken cancellation);

    /// <summary>Whether a container that is done is written.</summary>
    private protected abstract bool WritesContainer { get; }
}
