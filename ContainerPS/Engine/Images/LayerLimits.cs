using System.Globalization;

namespace ContainerPS.Engine.Images;

/// <summary>How many layers an image may have.</summary>
internal static class LayerLimits
{
    /// <summary>Of an image that we make: what every engine takes (Docker's limit), and what fits a page of mount options.</summary>
    public const int Made = 127;

    /// <summary>Of an image of others: OVL_MAX_STACK is 500 (fs/overlayfs), and one of them is the init layer.</summary>
    public const int Imported = 499;

    /// <summary>Refuses to make an image of more layers.</summary>
    public static void RequireMade(int layers)
    {
        if (layers > Made)
        {
            throw new EngineException(
                ErrorIds.ImageInvalid,
                EngineErrorKind.LimitExceeded,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The image would have {layers} layers; {Made} is the limit for images that are made here."
                ),
                null,
                "Begin from an image with fewer layers, or make one layer of a container's file system."
            );
        }
    }

    /// <summary>Refuses to import an image of more layers: it could never run. Called before anything is unpacked.</summary>
    public static void RequireImported(int layers, string source)
    {
        if (layers > Imported)
        {
            throw new EngineException(
                ErrorIds.ImageInvalid,
                EngineErrorKind.LimitExceeded,
                string.Create(CultureInfo.InvariantCulture, $"An image of '{source}' has {layers} layers; an overlay takes {Imported}."),
                source,
                "Build it anew with fewer steps."
            );
        }
    }
}
