using System.Globalization;
using ContainerPS.Engine.Common;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Mounts;

namespace ContainerPS.Engine.Layers;

/// <summary>
/// Lower directories as mount(2) takes them. Before Linux 6.5 all options of an overlay share one page: layers are named by their short
/// links, relative to the directory of the layers, and about 130 of them fit.
/// </summary>
public static class OverlayNames
{
    /// <summary>
    /// The names, top first, relative to <see cref="StoreLocation.Layers"/>; a directory that is no layer of the store keeps its absolute
    /// name. Makes links that are missing.
    /// </summary>
    public static IReadOnlyList<string> ShortOf(StoreLocation store, IReadOnlyList<string> lowerDirs)
    {
        var layers = new LayerStore(store);
        return [.. lowerDirs.Select(lower => ShortOf(layers, lower))];
    }

    /// <summary>
    /// Refuses an overlay that this kernel could not mount, before anything is made for it: too many layers, or more of them than their
    /// names fit into the page of options. The check of a create.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="source">What the container is made of, for the message: "the image 'app'".</param>
    /// <param name="lowerDirs">Absolute, top first.</param>
    /// <param name="upperDir">Of the container.</param>
    /// <param name="workDir">Of the container.</param>
    /// <param name="isVolatile">Mounted with "volatile".</param>
    /// <param name="mountLabel">SELinux label of all its files; null for none.</param>
    /// <exception cref="EngineException"><see cref="ErrorIds.ImageNotRunnable"/>, naming the number and the way out.</exception>
    public static void RequireMountable(
        StoreLocation store,
        string source,
        IReadOnlyList<string> lowerDirs,
        string upperDir,
        string workDir,
        bool isVolatile,
        string? mountLabel
    ) => RequireMountable(store, source, lowerDirs, upperDir, workDir, isVolatile, mountLabel, OverlayOptions.CanAppendLower);

    /// <inheritdoc cref="RequireMountable(StoreLocation, string, IReadOnlyList{string}, string, string, bool, string)"/>
    internal static void RequireMountable(
        StoreLocation store,
        string source,
        IReadOnlyList<string> lowerDirs,
        string upperDir,
        string workDir,
        bool isVolatile,
        string? mountLabel,
        bool canAppendLower
    )
    {
        if (lowerDirs.Count > OverlayOptions.MaxLowerDirectories)
        {
            // One of them is the init layer.
            throw TooMany(source, lowerDirs.Count - 1, OverlayOptions.MaxLowerDirectories - 1, "an overlay takes", "");
        }

        if (canAppendLower)
        {
            return;
        }

        var options = new OverlayOptions
        {
            LowerDirectories = ShortOf(store, lowerDirs),
            UpperDirectory = upperDir,
            WorkDirectory = workDir,
            IsVolatile = isVolatile,
            MountLabel = mountLabel,
        };
        if (options.FitsData)
        {
            return;
        }

        int fitting = lowerDirs.Count - 1;
        while (fitting > 1 && !(options with { LowerDirectories = [.. options.LowerDirectories.Take(fitting)] }).FitsData)
        {
            fitting--;
        }

        throw TooMany(
            source,
            lowerDirs.Count - 1,
            fitting - 1,
            $"the options of an overlay have one page on Linux {HostFacts.KernelRelease}, which is enough for",
            "Linux 6.5 and newer take 499, and a store with a shorter path (CONTAINERPS_ROOT) takes a few more. Or "
        );
    }

    private static string ShortOf(LayerStore layers, string lower)
    {
        if (Path.GetDirectoryName(Path.GetDirectoryName(lower)) != layers.Store.Layers || Path.GetFileName(lower) != "fs")
        {
            return lower;
        }

        string name = Path.GetFileName(Path.GetDirectoryName(lower))!;
        return Digest.TryParseHex(name, out Digest chainId) ? layers.ShortNameOf(chainId) : $"{name}/fs";
    }

    private static EngineException TooMany(string source, int count, int limit, string why, string firstWay) =>
        new(
            ErrorIds.ImageNotRunnable,
            EngineErrorKind.LimitExceeded,
            string.Create(CultureInfo.InvariantCulture, $"{source} has {count} layers, but {why} {limit}."),
            source,
            $"{firstWay}{(firstWay.Length > 0 ? "use" : "Use")} an image with fewer layers: "
                + "build it anew with fewer steps, or make one layer of a container's file system."
        );
}
