using System.ComponentModel;
using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>
/// A cmdlet whose work on a container takes time: it gathers what the pipeline brings and works on all at once at the end. Ten containers that
/// ignore SIGTERM are stopped in ten seconds, not a hundred.
/// </summary>
public abstract class ManyContainersCmdlet : ContainerCmdlet
{
    private readonly List<Container> _gathered = [];
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    private protected ManyContainersCmdlet()
    {
    }

    /// <summary>How many are worked on at a time.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    [DefaultValue(32)]
    public int ThrottleLimit { get; set; } = 32;

    private protected sealed override void Process(Container container)
    {
        if (_ids.Add(container.Id) && Confirmed(container)) _gathered.Add(container);
    }

    /// <inheritdoc/>
    protected sealed override void EndProcessing()
    {
        // An abandoned pipeline leaves the enumeration early: the workers end by the cancelled token.
        foreach (var (container, failure) in SideBySide.Run(_gathered, ThrottleLimit, Work))
        {
            if (failure is not null) Report(failure, container);
            else Done(container);
        }
    }

    /// <summary>Asks the user, on the pipeline thread.</summary>
    private protected abstract bool Confirmed(Container container);

    /// <summary>Does the work, on any thread: it writes nothing.</summary>
    private protected abstract void Work(Container container);

    /// <summary>Writes what came of it, on the pipeline thread.</summary>
    private protected abstract void Done(Container container);
}
