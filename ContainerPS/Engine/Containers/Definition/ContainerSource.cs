using System.Text.Json;
using ContainerPS.Engine.Images;
using ContainerPS.Native.Oci;
using Oci = ContainerPS.Native.Oci;

namespace ContainerPS.Engine.Containers.Definition;

/// <summary>What a container is made of: an image, a directory, or an OCI bundle.</summary>
internal sealed record ContainerSource
{
    public Image? Image { get; private init; }

    public string Reference { get; private init; } = "";

    /// <summary>Directory below which nothing is written; null for an image.</summary>
    public string? Directory { get; private init; }

    /// <summary>The bundle's config.json, byte for byte.</summary>
    public byte[]? Spec { get; private init; }

    public Oci.Spec? ParsedSpec { get; private init; }

    public ImageConfig Config => Image?.Config ?? Empty;

    private static readonly ImageConfig Empty = new();

    public static ContainerSource Resolve(ContainerDefinition definition, ImageStore images)
    {
        if (definition.Image is { } reference)
        {
            return new ContainerSource { Image = images.Get(reference), Reference = reference };
        }

        if (definition.RootFs is { } rootFs)
        {
            return new ContainerSource { Directory = rootFs, Reference = rootFs };
        }

        return FromBundle(Path.GetFullPath(definition.OciSpecPath!));
    }

    /// <summary>Lower directories, protected from removal until the result is disposed.</summary>
    public MountableRootFs Prepare(ImageStore images) => Image is not null ? images.Prepare(Image) : images.PrepareDirectory(Directory!);

    private static ContainerSource FromBundle(string path)
    {
        string file = System.IO.Directory.Exists(path) ? Path.Combine(path, "config.json") : path;
        if (!File.Exists(file))
        {
            throw Invalid.Path($"There is no OCI bundle at '{path}': it has no config.json.", path);
        }

        byte[] bytes = File.ReadAllBytes(file);
        Spec spec = Parse(bytes, file);
        string root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, spec.Root!.Path));
        if (!System.IO.Directory.Exists(root))
        {
            throw Invalid.Path($"The root file system '{root}' of the bundle is no directory.", root);
        }

        return new ContainerSource
        {
            Directory = root,
            Reference = path,
            Spec = bytes,
            ParsedSpec = spec,
        };
    }

    private static Oci.Spec Parse(byte[] bytes, string file)
    {
        try
        {
            Spec? spec = JsonSerializer.Deserialize(bytes, Oci.OciJson.Default.Spec);
            if (spec?.Root is null || spec.Process?.Args is not { Count: > 0 })
            {
                throw new JsonException("It has no root or no process.");
            }

            if (spec.Process.Terminal)
            {
                throw Invalid.Argument(
                    $"'{file}' asks for a terminal, which containers do not have here.",
                    file,
                    "Set process.terminal to false."
                );
            }

            return spec;
        }
        catch (JsonException damaged)
        {
            throw new EngineException(
                ErrorIds.ArgumentInvalid,
                EngineErrorKind.InvalidData,
                $"'{file}' is no OCI runtime configuration: {damaged.Message}",
                file,
                inner: damaged
            );
        }
    }
}
