using ContainerPS.Engine.Common;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Images;

/// <summary>Which manifest of a multi-platform index is meant.</summary>
internal static class Platforms
{
    private const int MaximumDepth = 4;

    public static string Host => $"linux/{HostFacts.Architecture}";

    /// <summary>The first manifest that matches and is there; a nested index counts as what is in it. Null: none.</summary>
    /// <param name="index">The index.</param>
    /// <param name="present">Tells whether a blob is there.</param>
    /// <param name="parse">Gives a nested document.</param>
    /// <param name="platform"><c>os/architecture[/variant]</c>; null: this host's, and if the store has nothing for it, the first image
    /// there is.</param>
    public static Digest? Choose(OciManifest index, Func<Digest, bool> present, Func<Digest, OciManifest> parse, string? platform)
    {
        var candidates = new List<(OciDescriptor Descriptor, Digest Digest)>();
        Gather(index, present, parse, candidates, 0);
        string wanted = platform ?? Host;
        Digest? match = candidates
            .Where(candidate => Matches(candidate.Descriptor.Platform, wanted))
            .Select(candidate => (Digest?)candidate.Digest)
            .FirstOrDefault();
        if (match is not null || platform is not null)
        {
            return match;
        }

        return candidates
            .Where(candidate => candidate.Descriptor.Platform is not { Os: "unknown" })
            .Select(candidate => (Digest?)candidate.Digest)
            .FirstOrDefault();
    }

    /// <summary>True when this host can run it: an image that does not say is taken at its word.</summary>
    public static bool Runs(OciImageConfig config) =>
        (config.Os is null or "" or "linux") && (config.Architecture is null or "" || config.Architecture == HostFacts.Architecture);

    private static void Gather(
        OciManifest index,
        Func<Digest, bool> present,
        Func<Digest, OciManifest> parse,
        List<(OciDescriptor Descriptor, Digest Digest)> into,
        int depth
    )
    {
        if (depth > MaximumDepth)
        {
            throw ImageContent.Invalid($"The image's indexes are nested more than {MaximumDepth} deep.");
        }

        foreach (OciDescriptor child in index.Manifests!)
        {
            if (!Digest.TryParse(child.Digest, out Digest digest) || !present(digest))
            {
                continue;
            }

            if (child.MediaType is MediaTypes.OciIndex or MediaTypes.DockerManifestList)
            {
                Gather(parse(digest), present, parse, into, depth + 1);
            }
            else
            {
                into.Add((child, digest));
            }
        }
    }

    // A wish without variant takes any; arm64 is v8 whether it says so or not.
    private static bool Matches(OciPlatform? platform, string wanted)
    {
        if (platform is null)
        {
            return false;
        }

        string[] parts = wanted.Split('/');
        if (parts.Length < 2 || platform.Os != parts[0] || platform.Architecture != parts[1])
        {
            return false;
        }

        string variant = parts.Length > 2 ? parts[2] : "";
        return variant.Length == 0
            || platform.Variant == variant
            || (platform.Architecture == "arm64" && variant == "v8" && string.IsNullOrEmpty(platform.Variant));
    }
}
