using System.Collections.Concurrent;

namespace ContainerPS.Commands;

/// <summary>
/// The engine of this process's cmdlets: one for each store, chosen by the environment at each call, so that setting
/// <c>$env:CONTAINERPS_ROOT</c> in a session takes effect at once.
/// </summary>
internal static class EngineSession
{
    private static readonly string[] Variables = ["CONTAINERPS_ROOT", "CONTAINERPS_RUNROOT", "CONTAINERPS_CGROUP_PARENT"];
    private static readonly ConcurrentDictionary<(string?, string?, string?), Engine.ContainerEngine> Engines = new();

    public static Engine.ContainerEngine Current
    {
        get
        {
            (string? root, string? runRoot, string? cgroups) = (Variable(0), Variable(1), Variable(2));
            return Engines.GetOrAdd(
                (root, runRoot, cgroups),
                static key =>
                    Engine.ContainerEngine.Open(
                        new Engine.ContainerEngineOptions
                        {
                            Root = key.Item1,
                            RunRoot = key.Item2,
                            CgroupParent = key.Item3,
                        }
                    )
            );
        }
    }

    private static string? Variable(int index) =>
        Environment.GetEnvironmentVariable(Variables[index]) is { Length: > 0 } value ? value : null;
}
