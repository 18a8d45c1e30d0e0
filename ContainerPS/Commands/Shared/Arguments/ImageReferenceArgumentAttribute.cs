namespace ContainerPS.Commands;

/// <summary>The name that an image shall have: [host[:port]/]name[:tag].</summary>
public sealed class ImageReferenceArgumentAttribute : TextArgumentAttribute<ImageReference>
{
    /// <inheritdoc/>
    protected override ImageReference Convert(object value, string text) =>
        value is string && ImageReference.TryParse(text, out ImageReference? reference)
            ? reference
            : throw new FormatException($"'{text}' is not a name for an image. Write [host[:port]/]name[:tag], in lower case.");
}
