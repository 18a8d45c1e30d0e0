using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>Lists containers.</summary>
[Cmdlet(VerbsCommon.Get, "Container", DefaultParameterSetName = ByName)]
[OutputType(typeof(Container))]
public sealed class GetContainerCommand : ObjectCmdlet<Container, ContainerReference>
{
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly List<Container> _newest = [];

    /// <summary>The containers; all when not given.</summary>
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

    /// <summary>Only in one of these states.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public ContainerState[]? State { get; set; }

    /// <summary>Only running ones.</summary>
    [Parameter]
    public SwitchParameter Running { get; set; }

    /// <summary>Only of these images: wildcards, or ids.</summary>
    [Parameter]
    [ImageArgument]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    [ValidateNotNullOrEmpty]
    public ImageSelector[]? Image { get; set; }

    /// <summary>Only with these labels.</summary>
    [Parameter]
    [KeyValueArgument(NameAlone = true)]
    [ValidateNotNullOrEmpty]
    public IReadOnlyDictionary<string, string?>? Label { get; set; }

    /// <summary>Only the last ones created.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Newest { get; set; }

    private protected override ObjectKind<Container, ContainerReference> Kind => ObjectKinds.Containers;

    private protected override IReadOnlyList<ContainerReference>? Selectors => Name ?? Id;

    private protected override void Process(Container item)
    {
        if (!IsMeant(item) || !_seen.Add(item.Id))
        {
            return;
        }

        if (Newest is null)
        {
            WriteObject(item);
        }
        else
        {
            _newest.Add(item);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach (Container container in _newest.OrderByDescending(c => c.CreatedAt).Take(Newest ?? 0))
        {
            WriteObject(container);
        }
    }

    private bool IsMeant(Container container) =>
        (State is null || State.Contains(container.State))
        && (!Running || container.State == ContainerState.Running)
        && (Image is null || Image.Any(i => ImageSelection.Names(i, container.Image, container.ImageId)))
        && (
            Label is null || Label.All(l => container.Labels.TryGetValue(l.Key, out string? value) && (l.Value is null || l.Value == value))
        );
}
