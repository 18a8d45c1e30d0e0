using System.Text.RegularExpressions;

namespace ContainerPS.Native.Runtime;

/// <summary>Versions of the runtime-spec that are understood.</summary>
public static partial class OciVersions
{
    public const string Minimum = "1.0.0";
    public const string Current = "1.2.0";

    /// <summary>
    /// config.md "Specification version": a runtime refuses a document of a version that it does not support. Within one major version
    /// documents stay readable (runtime-spec, "Versioning": SemVer), so every 1.x.y is taken, as runc and crun take it.
    /// </summary>
    /// <exception cref="RuntimeException">There is none, or it is another one.</exception>
    public static void Check(string? version)
    {
        if (string.IsNullOrEmpty(version))
        {
            throw new RuntimeException(
                $"the spec has no ociVersion. Write the version of the runtime-spec that it follows, such as {Current}"
            );
        }

        if (!SupportedVersion().IsMatch(version))
        {
            throw new RuntimeException($"the spec's ociVersion '{version}' is not supported: versions 1.0.0 and later 1.x.y are");
        }
    }

    [GeneratedRegex(@"^1\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex SupportedVersion();
}
