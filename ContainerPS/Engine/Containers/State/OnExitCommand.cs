namespace ContainerPS.Engine.Containers.State;

/// <summary>
/// What a monitor executes when its container has ended and its starter is gone: the engine's hand outside of the starter.
/// </summary>
internal static class OnExitCommand
{
    private const string Executable = "containerps";

    private static readonly Lazy<string?> Found = new(Locate);

    /// <summary>Null where `containerps` is not installed: then the next command that meets the container does the work.</summary>
    public static IReadOnlyList<string>? For(string id) => Found.Value is { } path ? [path, "internal", "on-exit", id] : null;

    /// <summary>The store it works on. Nothing else of the starter's environment is any business of it.</summary>
    public static IReadOnlyList<string> Environment(ContainerEngineOptions options) =>
        [
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "CONTAINERPS_ROOT=" + options.Root,
            "CONTAINERPS_RUNROOT=" + options.RunRoot,
            "CONTAINERPS_CGROUP_PARENT=" + options.CgroupParent,
        ];

    private static string? Locate()
    {
        if (System.Environment.GetEnvironmentVariable("CONTAINERPS_EXECUTABLE") is { Length: > 0 } named)
        {
            return File.Exists(named) ? named : null;
        }

        string beside = Path.Combine(AppContext.BaseDirectory, Executable);
        if (File.Exists(beside))
        {
            return beside;
        }
        // The assembly lies in the module's folder, the base directory is PowerShell's.
        return AssemblyDirectory() is { } directory && File.Exists(Path.Combine(directory, Executable))
            ? Path.Combine(directory, Executable)
            : null;
    }

    [System.Diagnostics.CodeAnalysis.UnconditionalSuppressMessage(
        "SingleFile",
        "IL3000",
        Justification = "Empty in a NativeAOT process, where the executable's own directory is the base directory."
    )]
    private static string? AssemblyDirectory() =>
        Path.GetDirectoryName(typeof(OnExitCommand).Assembly.Location) is { Length: > 0 } directory ? directory : null;
}
