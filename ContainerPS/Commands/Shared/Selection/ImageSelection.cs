using System.Management.Automation;
using ContainerPS.Engine;
using ContainerPS.Engine.Images;

namespace ContainerPS.Commands;

/// <summary>Finds the images that a user named.</summary>
internal static class ImageSelection
{
    public static Image Literal(ContainerEngine engine, ImageSelector selector) =>
        selector.IsId ? ById(engine.Images, selector.Text) : engine.Images.Get(selector.Text);

    public static IEnumerable<Image> Matching(ContainerEngine engine, ImageSelector selector) =>
        engine.Images.List().Where(image => image.Reference is not null && Names(selector, image.ToString(), image.Id));

    /// <summary>Whether an image, by the name it is shown or was asked for by and its id, is meant.</summary>
    public static bool Names(ImageSelector selector, string name, string? id)
    {
        if (selector.Image is not null)
        {
            return selector.Image.Id == id;
        }

        if (selector.IsId)
        {
            return IsPrefix(selector.Text, id);
        }

        ImageReference? reference = ImageReference.TryParse(name, out ImageReference? parsed) ? parsed : null;
        string[] spellings = reference is null
            ? [name]
            : [name, reference.Repository, $"{reference.Repository}:{reference.Tag}", reference.FullName];
        var pattern = WildcardPattern.Get(selector.Text, WildcardOptions.CultureInvariant);
        return spellings.Any(pattern.IsMatch) || (!selector.HasWildcards && IsPrefix(selector.Text, id));
    }

    // A name wins over an id in the store's own search: by id only ids are compared.
    private static Image ById(ImageStore images, string prefix)
    {
        var found = images.List().Where(i => IsPrefix(prefix, i.Id)).ToList();
        if (found.Count == 0)
        {
            throw ContainerObjectNotFoundException.Image(prefix);
        }

        return found.Select(i => i.Id).Distinct().Count() == 1
            ? found[0]
            : throw new EngineException(
                ErrorIds.ImageIdAmbiguous,
                EngineErrorKind.InvalidArgument,
                $"'{prefix}' is the beginning of several image ids.",
                prefix,
                "Give more of it."
            );
    }

    private static bool IsPrefix(string prefix, string? id) =>
        id is not null && (id.StartsWith(prefix, StringComparison.Ordinal) || id.StartsWith("sha256:" + prefix, StringComparison.Ordinal));
}
