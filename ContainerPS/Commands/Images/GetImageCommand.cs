using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>Lists images.</summary>
[Cmdlet(VerbsCommon.Get, "Image", DefaultParameterSetName = ByName)]
[OutputType(typeof(Image))]
public sealed class GetImageCommand : ObjectCmdlet<Image, ImageSelector>
{
    /// <summary>The images; all when not given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ParameterSetName = ByName)]
    [Alias("Image", "InputObject")]
    [ImageArgument]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    [ValidateNotNullOrEmpty]
    public ImageSelector[]? Name { get; set; }

    /// <summary>Ids or id prefixes.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ById)]
    [ImageArgument(Literal = true)]
    [ArgumentCompleter(typeof(ImageIdCompleter))]
    [ValidateNotNullOrEmpty]
    public ImageSelector[]? Id { get; set; }

    /// <summary>Only with these labels.</summary>
    [Parameter]
    [KeyValueArgument(NameAlone = true)]
    [ValidateNotNullOrEmpty]
    public IReadOnlyDictionary<string, string?>? Label { get; set; }

    /// <summary>Only without a name.</summary>
    [Parameter]
    public SwitchParameter Dangling { get; set; }

    private protected override ObjectKind<Image, ImageSelector> Kind => ObjectKinds.Images;

    private protected override IReadOnlyList<ImageSelector>? Selectors => Name ?? Id;

    private protected override void Process(Image item)
    {
        if ((!Dangling || item.Dangling) && HasLabels(item))
        {
            WriteObject(item);
        }
    }

    private bool HasLabels(Image image) =>
        Label is null || Label.All(l => image.Config.Labels.TryGetValue(l.Key, out string? value) && (l.Value is null || l.Value == value));
}
