using System.Diagnostics;
using System.Globalization;

namespace ContainerPS.Bench;

/// <summary>The C program beside this one (floor/floor.c): the kernel's floor, and the stop-watch for peers' executables.</summary>
public sealed class FloorProcess : IDisposable
{
    private readonly Process _process;

    public FloorProcess(string executable, IEnumerable<string> settings)
    {
        var start = new ProcessStartInfo(executable) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (string setting in settings)
        {
            start.ArgumentList.Add(setting);
        }

        _process = Process.Start(start) ?? throw new InvalidOperationException($"{executable} did not start.");
    }

    /// <summary>Compiles the floor. gcc is part of what the benchmarks need.</summary>
    public static string Compile(string directory)
    {
        string executable = Path.Combine(directory, "floor-program");
        string source = Path.Combine(AppContext.BaseDirectory, "floor", "floor.c");
        using var gcc = Process.Start("gcc", ["-O2", "-Wall", "-Wextra", "-static", "-o", executable, source]);
        gcc.WaitForExit();
        return gcc.ExitCode == 0 ? executable : throw new InvalidOperationException($"gcc could not compile {source}.");
    }

    /// <summary>
    /// Milliseconds of one "start", "life" or "exec"; "reserve start" and "reserve life" find a monitor ready, and the life its writable
    /// layer.
    /// </summary>
    public double Measure(string what)
    {
        _process.StandardInput.WriteLine(what);
        _process.StandardInput.Flush();
        string? answer = _process.StandardOutput.ReadLine();
        return ulong.TryParse(answer, NumberStyles.None, CultureInfo.InvariantCulture, out ulong nanoseconds)
            ? nanoseconds / 1e6
            : throw new InvalidOperationException($"The floor could not do '{what}': {answer ?? "it ended"}");
    }

    /// <summary>Milliseconds from the start of a program to its end; its exit code must be 0.</summary>
    public double Run(params string[] command) => Measure("run\t" + string.Join('\t', command));

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(5000))
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
