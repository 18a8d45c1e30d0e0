using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>
/// References, wildcards, ids, image objects and deserialised ones. Everything else is refused: a file or a container is no image.
/// </summary>
public sealed class ImageArgumentAttribute : ListArgumentAttribute<ImageSelector>
{
    private const string Deserialized = "Deserialized.ContainerPS.Image";

    /// <summary>Text is an id, not a name.</summary>
    public bool Literal { get; init; }

    /// <inheritdoc/>
    protected override IEnumerable<ImageSelector> Convert(EngineIntrinsics engine, object? element) => [One(element, Literal)];

    internal static ImageSelector One(object? element, bool literal) =>
        Argument.Unwrap(element) switch
        {
            string text => literal ? ImageSelector.FromId(text) : ImageSelector.FromText(text),
            Image image => ImageSelector.FromImage(image),
            ImageReference reference => ImageSelector.FromText(reference.ToString()),
            _ when DeserializedId(element) is { } id => ImageSelector.FromId(id),
            { } other => throw new FormatException($"A {other.GetType().FullName} is not an image: give a name, an id or an image object."),
            null => throw new FormatException("An image's name or id cannot be null."),
        };

    private static string? DeserializedId(object? element) =>
        element is PSObject wrapped && wrapped.TypeNames.Contains(Deserialized) ? wrapped.Properties["Id"]?.Value as string : null;
}

/// <summary>One image, by name, id or object.</summary>
public sealed class OneImageArgumentAttribute : TextArgumentAttribute<ImageSelector>
{
    /// <inheritdoc/>
    protected override ImageSelector Convert(object value, string text)
    {
        ImageSelector image = ImageArgumentAttribute.One(value is string ? text : PSObject.AsPSObject(value), literal: false);
        return image.HasWildcards ? throw new FormatException($"'{text}' has wildcards; one image is needed.") : image;
    }
}
