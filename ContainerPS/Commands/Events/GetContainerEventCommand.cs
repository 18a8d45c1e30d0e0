using System.Management.Automation;
using ContainerPS.Engine;

namespace ContainerPS.Commands;

/// <summary>Reads what has happened to containers and images.</summary>
[Cmdlet(VerbsCommon.Get, "ContainerEvent", DefaultParameterSetName = ByName)]
[OutputType(typeof(ContainerEvent))]
public sealed class GetContainerEventCommand : EngineCmdlet
{
    private const string ByName = "Name";
    private const string ById = "Id";

    private readonly List<EventFilter> _filters = [];

    /// <summary>The containers; everything when not given.</summary>
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

    /// <summary>Only since then.</summary>
    [Parameter]
    [PointInTimeArgument]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Only until then.</summary>
    [Parameter]
    [PointInTimeArgument]
    public DateTimeOffset? Until { get; set; }

    /// <summary>Only of these kinds of things; wildcards.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(EventTypeCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Type { get; set; }

    /// <summary>Only these actions; wildcards.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(EventActionCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Action { get; set; }

    /// <summary>Only the last ones.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Newest { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (ContainerReference reference in Name ?? Id ?? [])
        {
            if (Attempt(reference.ToString(), () => EventFilter.Of(Engine, reference), out EventFilter? filter))
            {
                _filters.Add(filter);
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        bool isOfAll = Name is null && Id is null && !MyInvocation.ExpectingInput;
        if (!isOfAll && _filters.Count == 0)
        {
            return;
        }

        var query = new EventQuery
        {
            Since = Since,
            Until = Until,
            Type = Matcher(Type),
            Action = Matcher(Action),
            Container = isOfAll ? null : actor => _filters.Any(filter => filter.Matches(actor)),
            Newest = Newest,
        };
        if (!Attempt(null, () => Engine.Events.List(query, Cancellation), out EventList? found))
        {
            return;
        }

        foreach (string warning in found.Warnings)
        {
            WriteWarning(warning);
        }

        WriteObject(found.Events, enumerateCollection: true);
    }

    private static Func<string, bool>? Matcher(string[]? patterns)
    {
        if (patterns is null)
        {
            return null;
        }

        WildcardPattern[] all =
        [
            .. patterns.Select(pattern => WildcardPattern.Get(pattern, WildcardOptions.CultureInvariant | WildcardOptions.IgnoreCase)),
        ];
        return text => all.Any(pattern => pattern.IsMatch(text));
    }
}
