using ContainerPS.Native.Oci;
using ContainerPS.Native.Runtime;

namespace ContainerPS.Cli.Verbs;

/// <summary><c>features</c></summary>
internal static class FeaturesVerb
{
    public static int Run(ArgumentReader reader)
    {
        reader.End();
        Output.Json(RuntimeFeatures.Describe(), OciJson.Default.Features);
        return 0;
    }
}
