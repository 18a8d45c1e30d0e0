using ContainerPS.Native.Runtime;

namespace ContainerPS.Cli.Verbs;

/// <summary><c>resume ID</c></summary>
internal static class ResumeVerb
{
    public static int Run(OciRuntime runtime, ArgumentReader reader)
    {
        runtime.Resume(OnlyId.Read(reader));
        return 0;
    }
}
