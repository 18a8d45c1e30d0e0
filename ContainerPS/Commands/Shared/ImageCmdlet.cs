using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>A cmdlet that works on the images that are named to it.</summary>
public abstract class ImageCmdlet : ObjectCmdlet<Image, ImageSelector>
{
    private protected ImageCmdlet() { }

    /// <summary>The images.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByName)]
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

    private protected sealed override ObjectKind<Image, ImageSelector> Kind => ObjectKinds.Images;

    private protected sealed override IReadOnlyList<ImageSelector>? Selectors => (Name ?? Id)!;
}
