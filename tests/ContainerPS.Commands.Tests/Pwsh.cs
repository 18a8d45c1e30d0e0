using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ContainerPS.Commands.Tests;

/// <summary>
/// The PowerShell of the tests: the one whose package the restore brought, whatever the machine has. It is copied once to a place that
/// every user can read, because the package is readable by its owner only and some tests run as another user.
/// </summary>
internal static class Pwsh
{
    private static readonly Lazy<string> Copied = new(Copy);

    /// <summary>The folder of <c>pwsh</c>; the same as <c>$PSHOME</c> inside.</summary>
    public static string Folder => Copied.Value;

    /// <summary>Runs a script file and returns all it wrote, standard output first.</summary>
    public static string Run(string script, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?> environment)
    {
        var start = new ProcessStartInfo(
            Path.Combine(Folder, "pwsh"),
            ["-NoLogo", "-NoProfile", "-NonInteractive", "-File", script, .. arguments]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        // A suite that writes `pwsh` gets this one too.
        start.Environment["PATH"] = $"{Folder}:{Environment.GetEnvironmentVariable("PATH")}";
        // A framework-dependent program finds the framework by this variable; it is the one that runs this test.
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        start.Environment["POWERSHELL_UPDATECHECK"] = "Off";
        start.Environment["NO_COLOR"] = "1";
        foreach ((string name, string? value) in environment)
        {
            if (value is null)
            {
                start.Environment.Remove(name);
            }
            else
            {
                start.Environment[name] = value;
            }
        }

        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output + errors.Result;
    }

    /// <summary>Any number of processes may do this at once: each file is replaced by a rename, and a complete one is left alone.</summary>
    private static string Copy()
    {
        string source = Path.Combine(Repository.PowerShellPackage, "tools/net10.0/any/unix");
        if (!File.Exists(Path.Combine(source, "pwsh.dll")))
        {
            throw new DirectoryNotFoundException(
                $"The package PowerShell {Repository.PowerShellVersion} is not at '{Repository.PowerShellPackage}'. Run dotnet restore."
            );
        }

        // Only root can write to /var/cache: nobody else can put a program there for root to start. Another user has no other users to be.
        string cache =
            Environment.IsPrivilegedProcess ? "/var/cache"
            : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } home ? home
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        string target = Path.Combine(cache, "containerps/tests", "pwsh-" + Repository.PowerShellVersion);
        foreach (string file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            CopyFile(file, Path.Combine(target, Path.GetRelativePath(source, file)));
        }

        foreach (string folder in Directory.EnumerateDirectories(target, "*", SearchOption.AllDirectories))
        {
            File.SetUnixFileMode(folder, Executable);
        }

        foreach (string folder in new[] { target, Path.GetDirectoryName(target)!, Path.GetDirectoryName(Path.GetDirectoryName(target)!)! })
        {
            File.SetUnixFileMode(folder, Executable);
        }

        return target;
    }

    private static void CopyFile(string file, string target)
    {
        if (File.Exists(target) && new FileInfo(target).Length == new FileInfo(file).Length)
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        string unfinished = $"{target}.{Guid.NewGuid():N}";
        File.Copy(file, unfinished);
        File.SetUnixFileMode(unfinished, Path.GetFileName(file) == "pwsh" ? Executable : Readable);
        File.Move(unfinished, target, overwrite: true);
    }

    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const UnixFileMode Executable = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
}
