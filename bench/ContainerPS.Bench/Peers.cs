using System.Diagnostics;

namespace ContainerPS.Bench;

/// <summary>The peers on PATH. A peer that is absent keeps its place in the row, marked.</summary>
public sealed class Peers(FloorProcess stopwatch, string bundle, string sameBundle, string image)
{
    private int _serial;

    public IReadOnlyDictionary<string, string> Versions { get; } =
        new[] { "crun", "runc", "podman", "docker" }.ToDictionary(name => name, name => FirstLine(name, "--version") ?? "absent");

    /// <summary>The bundle of `spec`: read-only root, no seccomp, no limits.</summary>
    public Contender RunBundle(string runtime) => Run($"{runtime} run", runtime, bundle);

    /// <summary>
    /// The engine's own container, as far as a bundle says it: the equal task, but for the overlay and what a monitor does.
    /// </summary>
    public Contender RunSame(string runtime) => Run($"{runtime} run, same container", runtime, sameBundle);

    public Contender Podman() =>
        Find("podman") is null ? Missing("podman run --rm", "podman")
        : !Succeeds("podman", "image", "exists", image) ? new("podman run --rm", null, $"podman has no image '{image}'")
        : new("podman run --rm", () => stopwatch.Run("podman", "run", "--rm", "--network", "none", image, "/bin/true"));

    public Contender Docker() =>
        Find("docker") is null ? Missing("docker run --rm", "docker")
        : !Succeeds("docker", "image", "inspect", image) ? new("docker run --rm", null, $"no dockerd answers, or it has no image '{image}'")
        : new("docker run --rm", () => stopwatch.Run("docker", "run", "--pull", "never", "--rm", "--network", "none", image, "/bin/true"));

    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':')
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(File.Exists);

    /// <summary>Standard output's first line; null if the program is absent or fails.</summary>
    public static string? FirstLine(string program, params string[] arguments)
    {
        if (Find(program) is not { } path)
        {
            return null;
        }

        using Process process = Process.Start(
            new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output.Split('\n')[0].Trim() : null;
    }

    private static bool Succeeds(string program, params string[] arguments) => FirstLine(program, arguments) is not null;

    private Contender Run(string name, string runtime, string directory) =>
        Find(runtime) is { } path ? new(name, () => stopwatch.Run(path, "run", "--bundle", directory, NextName())) : Missing(name, runtime);

    private static Contender Missing(string name, string program) => new(name, null, $"{program} is not on PATH");

    private string NextName() => $"bench-{Environment.ProcessId}-{_serial++}";
}
