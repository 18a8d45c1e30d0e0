using System.Diagnostics;
using System.Reflection;

namespace ContainerPS.House.Tests;

/// <summary>Both samples, as programs, each on a store of its own.</summary>
public sealed class Samples : IDisposable
{
    private readonly DirectoryInfo _store = Directory.CreateTempSubdirectory("containerps-samples-");

    public void Dispose() => _store.Delete(recursive: true);

    [SkippableFact]
    public void The_first_container_shows_and_runs_READMEs_script()
    {
        (int exitCode, string output) = Run("FirstContainer", "linux-x64/FirstContainer");

        Assert.True(exitCode == 0, output);
        foreach (string line in File.ReadLines(Path.Combine(SourceTree.Root, "samples/FirstContainer/First.ps1")).Where(line => line != ""))
        {
            Assert.Contains(line, output, StringComparison.Ordinal);
        }

        // The 32 MB that were set, as the limit's view shows them, and what cat wrote.
        Assert.Contains("32MB", output, StringComparison.Ordinal);
        Assert.Contains("\nhello\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', output);
        NothingIsLeft();
    }

    [SkippableFact]
    public void The_first_container_fails_and_cleans_up_when_a_statement_fails()
    {
        // At that statement a container runs, and an image is there where the host has busybox.
        string changed = Path.Combine(_store.FullName, "First.ps1");
        string script = File.ReadAllText(Path.Combine(SourceTree.Root, "samples/FirstContainer/First.ps1"));
        File.WriteAllText(changed, script.Replace("'hello' |", "throw 'on purpose'; 'hello' |", StringComparison.Ordinal));

        (int exitCode, string output) = Run("FirstContainer", "linux-x64/FirstContainer", changed);

        Assert.True(exitCode == 1, output);
        Assert.Contains("on purpose", output, StringComparison.Ordinal);
        NothingIsLeft();
    }

    [SkippableFact]
    public void The_library_sample_runs()
    {
        (int exitCode, string output) = Run("Library", "Library");

        Assert.True(exitCode == 0, output);
        Assert.Contains("exit code 3", output, StringComparison.Ordinal);
        NothingIsLeft();
    }

    private (int ExitCode, string Output) Run(string sample, string program, params string[] arguments)
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "containers need root");
        string configuration = Assembly
            .GetExecutingAssembly()
            .GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(data => data.Key == "Configuration")
            .Value!;
        string path = Path.Combine(SourceTree.Root, "samples", sample, "bin", configuration, "net10.0", program);
        var start = new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["CONTAINERPS_ROOT"] = Path.Combine(_store.FullName, "root");
        start.Environment["CONTAINERPS_RUNROOT"] = Path.Combine(_store.FullName, "run");
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    private void NothingIsLeft()
    {
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_store.FullName, "root/containers")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_store.FullName, "root/names")));
        // layers/init, layers/l and the empty layers/trash belong to the store; every other layer to an image.
        Assert.Equal(
            ["init", "l"],
            Directory
                .EnumerateDirectories(Path.Combine(_store.FullName, "root/layers"))
                .Select(Path.GetFileName)
                .Where(name => name != "trash")
                .Order()
        );
    }
}
