namespace ContainerPS;

/// <summary>How a user named images.</summary>
public sealed class ImageSelector : ObjectSelector<Image>
{
    private ImageSelector(string text, Image? image, bool isId)
        : base(text, image, isId) { }

    /// <summary>The object, when one was given.</summary>
    public Image? Image => Given;

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
}
