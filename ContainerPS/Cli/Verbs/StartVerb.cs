using ContainerPS.Native.Runtime;

namespace ContainerPS.Cli.Verbs;

/// <summary><c>start ID</c></summary>
internal static class StartVerb
{
    public static int Run(OciRuntime runtime, ArgumentReader reader)
    {
        runtime.Start(OnlyId.Read(reader));
        return 0;
    }
}
