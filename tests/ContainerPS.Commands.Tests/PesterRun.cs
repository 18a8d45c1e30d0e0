using System.Diagnostics;
using System.Globalization;
using System.Xml.Linq;

namespace ContainerPS.Commands.Tests;

/// <summary>One Pester file, run by a real pwsh of its own.</summary>
internal sealed record PesterRun(int Passed, int Failed, int Skipped, IReadOnlyList<string> Failures, string Output)
{
    /// <summary>Why Pester cannot run here; null when it can.</summary>
    public static string? Obstacle { get; } = FindObstacle();

    public static PesterRun Of(string file)
    {
        string result = Path.Combine(Path.GetTempPath(), $"containerps-pester-{Guid.NewGuid():N}.xml");
        try
        {
            string output = Pwsh(
                $$"""
                Import-Module Pester -MinimumVersion 5.0
                $configuration = New-PesterConfiguration
                $configuration.Run.Path = '{{file}}'
                $configuration.Run.Exit = $false
                $configuration.Output.Verbosity = 'Normal'
                $configuration.Output.RenderMode = 'Plaintext'
                $configuration.TestResult.Enabled = $true
                $configuration.TestResult.OutputFormat = 'NUnitXml'
                $configuration.TestResult.OutputPath = '{{result}}'
                Invoke-Pester -Configuration $configuration
                """
            );
            return File.Exists(result)
                ? Read(XDocument.Load(result).Root!, output)
                : new PesterRun(0, 1, 0, ["Pester wrote no result."], output);
        }
        finally
        {
            File.Delete(result);
        }
    }

    private static PesterRun Read(XElement root, string output)
    {
        var cases = root.Descendants("test-case").ToList();
        var failed = cases
            .Where(c => c.Attribute("result")?.Value is "Failure" or "Error")
            .Select(c => $"{c.Attribute("name")?.Value}: {c.Descendants("message").FirstOrDefault()?.Value}")
            .ToList();
        // A failing BeforeAll or AfterAll fails a suite, not a case.
        var suites = root.Descendants("test-suite")
            .Where(s => s.Attribute("result")?.Value == "Failure" && s.Element("failure") is not null)
            .Select(s => $"{s.Attribute("name")?.Value}: {s.Element("failure")!.Element("message")?.Value}")
            .ToList();
        int skipped = cases.Count(c => c.Attribute("result")?.Value is "Ignored" or "Skipped" or "Inconclusive");
        return new PesterRun(cases.Count - failed.Count - skipped, failed.Count + suites.Count, skipped, [.. failed, .. suites], output);
    }

    private static string? FindObstacle()
    {
        try
        {
            string[] version = Pwsh(
                    "\"$($PSVersionTable.PSVersion) "
                        + "$((Get-Module Pester -ListAvailable | Where-Object Version -ge 5.0 | Select-Object -First 1).Version)\""
                )
                .Trim()
                .Split(' ');
            if (!Version.TryParse(version[0].Split('-')[0], out Version? pwsh) || pwsh < new Version(7, 6))
            {
                return $"pwsh is {version[0]}; the module needs 7.6.";
            }

            return version.Length < 2 || version[1].Length == 0 ? "pwsh has no Pester 5." : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "There is no pwsh on the path.";
        }
    }

    private static string Pwsh(string script)
    {
        var start = new ProcessStartInfo("pwsh")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (string? argument in new[] { "-NoProfile", "-NonInteractive", "-Command", script })
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["CONTAINERPS_MODULE"] = Repository.Module;
        start.Environment["NO_COLOR"] = "1";
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return string.Create(CultureInfo.InvariantCulture, $"{output}{errors.Result}");
    }
}
