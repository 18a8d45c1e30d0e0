using System.Diagnostics;

namespace ContainerPS.Native.Tests;

/// <summary>gcc, as the stranger that knows the kernel's headers.</summary>
internal static class CCompiler
{
    public static bool IsPresent { get; } = File.Exists("/usr/bin/gcc") || File.Exists("/usr/bin/cc");

    /// <summary>Compiles a program into a directory that goes with the test process; returns its path.</summary>
    public static string Compile(string source, string name)
    {
        Skip.IfNot(IsPresent, "no C compiler on this host");
        string directory = Directory.CreateTempSubdirectory("containerps-test-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(directory, recursive: true);
        string file = Path.Combine(directory, name + ".c"),
            program = Path.Combine(directory, name);
        File.WriteAllText(file, source);
        using Process gcc = Process.Start(
            new ProcessStartInfo("gcc", ["-O1", "-w", "-o", program, file]) { RedirectStandardError = true }
        )!;
        string errors = gcc.StandardError.ReadToEnd();
        gcc.WaitForExit();
        Assert.True(gcc.ExitCode == 0, errors);
        return program;
    }

    public static string Run(string program)
    {
        using Process process = Process.Start(new ProcessStartInfo(program) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
