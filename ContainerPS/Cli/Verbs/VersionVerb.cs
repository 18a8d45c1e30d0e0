using ContainerPS.Native.Runtime;
using ContainerPS.Native.Seccomp;

namespace ContainerPS.Cli.Verbs;

/// <summary><c>--version</c> in the lines of runc and crun, of which podman shows the first.</summary>
internal static class VersionVerb
{
    public static int Run()
    {
        string version = typeof(VersionVerb).Assembly.GetName().Version!.ToString(3);
        Console.Out.Write($"containerps version {version}\nspec: {OciVersions.Current}\nlibseccomp: {SeccompCache.LibraryVersion}\n");
        return 0;
    }
}
