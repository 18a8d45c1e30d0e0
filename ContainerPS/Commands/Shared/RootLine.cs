using System.Text.RegularExpressions;

namespace ContainerPS.Commands;

/// <summary>The line that runs again, as root, what an unprivileged user typed: in the same PowerShell, with this module.</summary>
internal static partial class RootLine
{
    /// <param name="typed">What the user typed; null or empty for a PowerShell to type into.</param>
    public static string For(string? typed) =>
        For(
            typed,
            Environment.ProcessPath,
            Environment.GetCommandLineArgs()[0],
            Path.Combine(Path.GetDirectoryName(typeof(RootLine).Assembly.Location)!, "ContainerPS.psd1")
        );

    /// <param name="typed">What the user typed.</param>
    /// <param name="program">The program that this process executes.</param>
    /// <param name="assembly">The assembly that it was started with.</param>
    /// <param name="module">
    /// The module's manifest: root's PSModulePath need not have the module, and a directory is imported by its path only when it has the
    /// module's name.
    /// </param>
    internal static string For(string? typed, string? program, string assembly, string module)
    {
        // A .NET tool, local or global, is the program dotnet with an assembly below the user's home: there is no pwsh that sudo could
        // find, and root has not restored the tool. An installed pwsh may lie outside of sudo's path: the user's shell finds it.
        string powerShell = Path.GetFileName(program) == "dotnet" ? $"{ForShell(program!)} {ForShell(assembly)}" : "\"$(command -v pwsh)\"";
        string import = $"Import-Module {ForPowerShell(module)}";
        return string.IsNullOrWhiteSpace(typed)
            ? $"sudo {powerShell} -NoExit -c {ForShell(import)}"
            : $"sudo {powerShell} -c {ForShell($"{import}; {typed.Trim()}")}";
    }

    private static string ForShell(string word) =>
        Plain().IsMatch(word) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static string ForPowerShell(string word) =>
        Plain().IsMatch(word) ? word : $"'{word.Replace("'", "''", StringComparison.Ordinal)}'";

    [GeneratedRegex(@"^[A-Za-z0-9_/.+-]+\z")]
    private static partial Regex Plain();
}
