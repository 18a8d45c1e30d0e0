using System.Management.Automation;

namespace ContainerPS;

/// <summary>
/// How a user named images: a reference, an id or an id prefix (literal, one image or an error), a reference with wildcards (any number),
/// or an image object.
/// </summary>
public sealed class ImageSelector
{
    private ImageSelector(string text, Image? image, bool isId)
    {
        Text = text;
        Image = image;
        IsId = isId;
        HasWildcards = image is null && !isId && WildcardPattern.ContainsWildcardCharacters(text);
    }

    /// <summary>As written; the id of an object.</summary>
    public string Text { get; }

    /// <summary>The object, when one was given.</summary>
    public Image? Image { get; }

    /// <summary>Only an id or its prefix is meant, never a name.</summary>
    public bool IsId { get; }

    public bool HasWildcards { get; }

    public static ImageSelector FromText(string text) =>
        string.IsNullOrWhiteSpace(text)
            ? throw new FormatException("An image's name or id cannot be empty.")
            : new(text, null, isId: false);

    public static ImageSelector FromId(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        string digits = id.StartsWith("sha256:", StringComparison.OrdinalIgnoreCase) ? id[7..] : id;
        return digits is { Length: > 0 and <= 64 } && digits.All(char.IsAsciiHexDigit)
            ? new(id.ToLowerInvariant(), null, isId: true)
            : throw new FormatException($"'{id}' is not an image id: up to 64 hexadecimal digits, after sha256: or not.");
    }

    public static ImageSelector FromImage(Image image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return new(image.Id, image, isId: true);
    }

    public override string ToString() => Image?.ToString() ?? Text;
}
