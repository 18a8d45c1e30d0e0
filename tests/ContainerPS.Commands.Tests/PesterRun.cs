using System.Globalization;
using System.Text.Json;

namespace ContainerPS.Commands.Tests;

/// <summary>One run of Pester in a pwsh of its own, as tests/Pester/Run.ps1 reports it.</summary>
/// <param name="PowerShell">The version of pwsh.</param>
/// <param name="Pester">The version of Pester.</param>
/// <param name="Culture">The culture of the run and where its data comes from.</param>
/// <param name="Obstacle">Why no container can be run here, so that the suites that do are skipped; null when one can.</param>
/// <param name="Tags">Tests that ran or were skipped, by the tag of their block.</param>
/// <param name="Failures">Path and message of each failed test, block and file.</param>
/// <param name="SkippedTests">Path of each skipped test, with the reason where it gives one.</param>
internal sealed record PesterRun(
    string PowerShell,
    string Pester,
    string Culture,
    string? Obstacle,
    int Passed,
    int Failed,
    int Skipped,
    IReadOnlyDictionary<string, int> Tags,
    IReadOnlyList<string> Failures,
    IReadOnlyList<string> SkippedTests
)
{
    private static readonly string[] CultureVariables = ["LANGUAGE", "LC_ALL", "LC_MESSAGES", "LC_CTYPE", "LC_NUMERIC", "LC_TIME"];

    /// <summary>What pwsh wrote meanwhile.</summary>
    public string Output { get; init; } = "";

    /// <summary>The versions and the totals, in one line.</summary>
    public string Summary =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"pwsh {PowerShell}, Pester {Pester}, culture {Culture}: {Passed} passed, {Failed} failed, {Skipped} skipped"
        );

    /// <summary>Runs a suite, or with tags those blocks of all suites that have one of them.</summary>
    /// <param name="path">A file or a folder of suites.</param>
    /// <param name="pester">The manifest of Pester.</param>
    /// <param name="culture">Such as <c>tr-TR</c>; null for the invariant one.</param>
    /// <param name="tags">None: everything.</param>
    public static PesterRun Of(string path, string pester, string? culture, params IReadOnlyList<string> tags)
    {
        string result = Path.Combine(Path.GetTempPath(), $"containerps-pester-{Guid.NewGuid():N}.json");
        // A user's pwsh has its culture from LANG; more specific variables would win. Without ICU pwsh makes none but the invariant one
        // unless it is asked to; Run.ps1 then sets the name and reports that the data is invariant.
        Dictionary<string, string?> environment = CultureVariables.ToDictionary(name => name, _ => (string?)null);
        environment["LANG"] = culture is null ? "C.UTF-8" : culture.Replace('-', '_') + ".UTF-8";
        environment["DOTNET_SYSTEM_GLOBALIZATION_PREDEFINED_CULTURES_ONLY"] = "0";
        environment["CONTAINERPS_MODULE"] = Repository.Module;
        // The store of the tests in this process is not theirs.
        environment["CONTAINERPS_ROOT"] = environment["CONTAINERPS_RUNROOT"] = environment["CONTAINERPS_CGROUP_PARENT"] = null;
        try
        {
            string output = Pwsh.Run(
                Path.Combine(Repository.Root, "tests/Pester/Run.ps1"),
                ["-Path", path, "-Pester", pester, "-Result", result, "-Culture", culture ?? "", "-Tag", string.Join(',', tags)],
                environment
            );
            return File.Exists(result)
                ? JsonSerializer.Deserialize<PesterRun>(File.ReadAllBytes(result))! with
                {
                    Output = output,
                }
                : throw new InvalidOperationException($"Pester wrote no result. pwsh wrote:{Environment.NewLine}{output}");
        }
        finally
        {
            File.Delete(result);
        }
    }
}
