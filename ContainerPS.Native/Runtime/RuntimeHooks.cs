using System.Diagnostics;
using System.Text.Json;
using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Runtime;

/// <summary>
/// poststart and poststop hooks, which start and delete run themselves, in the runtime's namespaces. A failure is a warning (runtime.md
/// "Lifecycle").
/// </summary>
internal static class RuntimeHooks
{
    public static void Run(RuntimeContainer container, string point, IReadOnlyList<Hook>? hooks, string status, Action<string> warn)
    {
        foreach (Hook hook in hooks ?? [])
        {
            try
            {
                Run(hook, container.Describe() with { Status = status });
            }
            catch (Exception failure) when (failure is RuntimeException or System.ComponentModel.Win32Exception or IOException)
            {
                warn($"the {point} hook {hook.Path} failed: {failure.Message}");
            }
        }
    }

    private static void Run(Hook hook, State state)
    {
        var start = new ProcessStartInfo(hook.Path) { RedirectStandardInput = true, UseShellExecute = false };
        foreach (string? argument in (hook.Args ?? []).Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Clear();
        foreach (string entry in hook.Env ?? [])
        {
            int at = entry.IndexOf('=', StringComparison.Ordinal);
            start.Environment[at < 0 ? entry : entry[..at]] = at < 0 ? "" : entry[(at + 1)..];
        }

        using System.Diagnostics.Process process = System.Diagnostics.Process.Start(start)!;
        process.StandardInput.Write(JsonSerializer.Serialize(state, OciJson.Default.State));
        process.StandardInput.Close();
        if (!process.WaitForExit(hook.Timeout is { } seconds ? TimeSpan.FromSeconds(seconds) : Timeout.InfiniteTimeSpan))
        {
            process.Kill();
            throw new RuntimeException($"it did not end within {hook.Timeout} seconds");
        }

        if (process.ExitCode != 0)
        {
            throw new RuntimeException($"it exited with {process.ExitCode}");
        }
    }
}
