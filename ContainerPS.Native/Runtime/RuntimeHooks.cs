using System.Text.Json;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Runtime;

/// <summary>
/// poststart and poststop hooks, which start and delete run themselves, in the runtime's namespaces. A failure is a warning (runtime.md
/// "Lifecycle"). A hook that does not read the state is no failure.
/// </summary>
internal static class RuntimeHooks
{
    public static void Run(RuntimeContainer container, string point, IReadOnlyList<Hook>? hooks, string status, Action<string> warn)
    {
        foreach (Hook hook in hooks ?? [])
        {
            try
            {
                Run(hook, container.Describe(status));
            }
            catch (Exception failure) when (failure is RuntimeException or LinuxException or TimeoutException)
            {
                warn($"the {point} hook {hook.Path} failed: {failure.Message}");
            }
        }
    }

    /// <summary>config.md "POSIX-platform Hooks": args are argv as execv(3) has them, its first included.</summary>
    private static void Run(Hook hook, State state)
    {
        HostProgramResult result = HostProgram.Run(
            hook.Path,
            hook.Args is { Count: > 0 } arguments ? arguments : [hook.Path],
            hook.Env ?? [],
            JsonSerializer.SerializeToUtf8Bytes(state, OciJson.Default.State),
            timeout: hook.Timeout is { } seconds ? TimeSpan.FromSeconds(seconds) : null
        );
        if (result.Status is { Signal: { } signal })
        {
            throw new RuntimeException($"it was killed by {SignalNames.Format(signal)}");
        }

        if (result.Status is { ExitCode: not 0 and var code })
        {
            throw new RuntimeException($"it exited with {code}");
        }
    }
}
