using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>Lists images.</summary>
[Cmdlet(VerbsCommon.Get, "Image", DefaultParameterSetName = ByName)]
[OutputType(typeof(Image))]
public sealed class GetImageCommand : EngineCmdlet
{
    private const string ByName = "Name";
    private const string ById = "Id";

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

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if ((Name ?? Id) is not { } selectors)
        {
            if (Attempt(null, Engine.Images.List, out IReadOnlyList<Image>? all))
            {
                WriteMeant(all);
            }

            return;
        }

        foreach (ImageSelector selector in selectors)
        {
            if (Attempt(selector.ToString(), () => ImageSelection.Find(Engine.Images, selector).ToList(), out List<Image>? found))
            {
                WriteMeant(found);
            }
        }
    }

    private void WriteMeant(IEnumerable<Image> images)
    {
        foreach (Image image in images.Where(i => (!Dangling || i.Dangling) && HasLabels(i)))
        {
            WriteObject(image);
        }
    }

    private bool HasLabels(Image image) =>
        Label is null || Label.All(l => image.Config.Labels.TryGetValue(l.Key, out string? value) && (l.Value is null || l.Value == value));
}
