using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>Tells what containers use.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "Container", DefaultParameterSetName = ByName)]
[Alias("Get-ContainerStats")]
[OutputType(typeof(ContainerStats))]
public sealed class MeasureContainerCommand : EngineCmdlet
{
    private const string ByName = "Name";
    private const string ById = "Id";

    private readonly Dictionary<string, ContainerStats> _last = new(StringComparer.Ordinal);
    private readonly List<ContainerReference> _references = [];

    /// <summary>The containers; all running ones when not given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ParameterSetName = ByName)]
    [Alias("Container", "InputObject")]
    [ContainerArgument]
    [ArgumentCompleter(typeof(ContainerNameCompleter))]
    [ValidateNotNullOrEmpty]
    public ContainerReference[]? Name { get; set; }

    /// <summary>Ids or id prefixes.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ById)]
    [ContainerArgument(Literal = true)]
    [ArgumentCompleter(typeof(ContainerIdCompleter))]
    [ValidateNotNullOrEmpty]
    public ContainerReference[]? Id { get; set; }

    /// <summary>Goes on until it is stopped.</summary>
    [Parameter]
    public SwitchParameter Continuous { get; set; }

    /// <summary>How many times.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Count { get; set; } = 1;

    /// <summary>The time that a sample is measured over.</summary>
    [Parameter]
    [DurationArgument(RefuseZero = true)]
    public Duration Interval { get; set; } = Duration.FromSeconds(1);

    /// <inheritdoc/>
    protected override void ProcessRecord() => _references.AddRange(Name ?? Id ?? []);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        bool overTime = Continuous || MyInvocation.BoundParameters.ContainsKey(nameof(Interval)) || Count > 1;
        if (overTime)
        {
            Sample(write: false);
        }

        for (int round = 0; Continuous || round < Count; round++)
        {
            if (overTime && Cancellation.WaitHandle.WaitOne(Interval.Value))
            {
                return;
            }

            if (!Sample(write: true) && Continuous)
            {
                return;
            }
        }
    }

    // In rounds after the first a container that has ended is no error: it is no longer measured.
    private bool Sample(bool write)
    {
        bool any = false;
        foreach (Container container in Targets().ToList())
        {
            if (!Attempt(container, () => Engine.Containers.Measure(container), out ContainerStats? stats))
            {
                continue;
            }

            any = true;
            if (write)
            {
                WriteObject(_last.TryGetValue(stats.Id, out ContainerStats? before) ? stats.Since(before) : stats);
            }

            _last[stats.Id] = stats;
        }

        return any;
    }

    private IEnumerable<Container> Targets()
    {
        // A pipeline that brought nothing is nothing: only a line that names no containers is all.
        List<ContainerReference> references =
            _references.Count > 0 || MyInvocation.ExpectingInput ? _references : [ContainerReference.FromText("*")];
        foreach (ContainerReference reference in references)
        {
            foreach (Container container in ObjectKinds.Containers.Find(this, [reference]).Where(c => IsMeant(reference, c)))
            {
                yield return container;
            }
        }
    }

    private bool IsMeant(ContainerReference reference, Container container)
    {
        bool runs = container.State is ContainerState.Running or ContainerState.Paused;
        return runs || !(reference.HasWildcards || _last.ContainsKey(container.Id));
    }
}
