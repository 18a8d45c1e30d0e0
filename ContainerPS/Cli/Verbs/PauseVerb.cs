using ContainerPS.Native.Runtime;

namespace ContainerPS.Cli.Verbs;

/// <summary><c>pause ID</c></summary>
internal static class PauseVerb
{
    public static int Run(OciRuntime runtime, ArgumentReader reader)
    {
        runtime.Pause(OnlyId.Read(reader));
        return 0;
    }
}
