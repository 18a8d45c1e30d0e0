using ContainerPS.Native.Oci;
using ContainerPS.Native.Runtime;

namespace ContainerPS.Cli.Verbs;

/// <summary><c>state ID</c></summary>
internal static class StateVerb
{
    public static int Run(OciRuntime runtime, ArgumentReader reader)
    {
        Output.Json(runtime.Describe(OnlyId.Read(reader)), OciJson.Default.State);
        return 0;
    }
}
