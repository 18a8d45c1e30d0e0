using Xunit.Abstractions;
using Xunit.Sdk;

namespace ContainerPS.Commands.Tests;

/// <summary>
/// The Pester suites on a real pwsh: all of them on the newest Pester, and what depends on Pester's or the user's ways also on the Pester
/// before and in three cultures. Each run is one test; its versions and totals are printed. CONTAINERPS_TEST_MATRIX=1 runs every suite
/// in every combination (<c>build.ps1 TestAll</c>).
/// </summary>
public sealed class PesterTests(ITestOutputHelper output, PesterTests.Console console) : IClassFixture<PesterTests.Console>
{
    private const string Tagged = "tagged";

    /// <summary>What a culture or a Pester could change: how words become values, and values become text.</summary>
    private static readonly string[] Tags = ["Binding", "Quantities", "Formatting"];

    /// <summary>Turkish has two letters i; German a comma in numbers; Saudi Arabia another calendar and digits of its own.</summary>
    private static readonly string[] Cultures = ["tr-TR", "de-DE", "ar-SA"];

    private static readonly string Folder = Path.Combine(Repository.Root, "tests/Pester");

    private static readonly string[] Suites =
    [
        .. Directory.GetFiles(Folder, "*.Tests.ps1").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal),
    ];

    /// <summary>Suite, whether on the older Pester, culture.</summary>
    public static TheoryData<string, bool, string> Runs
    {
        get
        {
            var runs = new TheoryData<string, bool, string>();
            if (Environment.GetEnvironmentVariable("CONTAINERPS_TEST_MATRIX") == "1")
            {
                foreach (bool older in new[] { false, true })
                {
                    foreach (string culture in Cultures.Prepend(""))
                    {
                        Array.ForEach(Suites, suite => runs.Add(suite, older, culture));
                    }
                }

                return runs;
            }

            Array.ForEach(Suites, suite => runs.Add(suite, false, ""));
            runs.Add(Tagged, true, "");
            Array.ForEach(Cultures, culture => runs.Add(Tagged, false, culture));
            return runs;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Runs))]
    public void Passes(string suite, bool onOlderPester, string culture)
    {
        string[] tags = suite == Tagged ? Tags : [];
        var run = PesterRun.Of(
            suite == Tagged ? Folder : Path.Combine(Folder, suite),
            onOlderPester ? Repository.OlderPester : Repository.Pester,
            culture.Length == 0 ? null : culture,
            tags
        );
        string[] lines =
        [
            $"{suite} on {run.Summary}",
            // One reason for all, or each test by its name.
            .. run.Skipped == 0 ? []
            : run.Obstacle is { } obstacle ? [$"  {run.Skipped} skipped: {obstacle}"]
            : run.SkippedTests.Select(test => $"  skipped: {test}"),
        ];
        Array.ForEach(lines, console.WriteLine);
        Array.ForEach(lines, output.WriteLine);
        output.WriteLine(run.Output);

        Assert.True(run.Failures.Count == 0, string.Join(Environment.NewLine, run.Failures));
        Assert.Equal(0, run.Failed);
        Assert.True(run.Passed + run.Skipped > 0, "Pester found no test.");
        Assert.Equal(Repository.PowerShellVersion, run.PowerShell);
        Assert.StartsWith(culture.Length == 0 ? "invariant (" : $"{culture} (", run.Culture, StringComparison.Ordinal);
        // A suite of which nothing ran has not passed.
        Skip.If(run.Passed == 0, run.Obstacle ?? string.Join("; ", run.SkippedTests));
        Assert.All(tags, tag => Assert.True(run.Tags.GetValueOrDefault(tag) > 0, $"Pester found no test with the tag {tag}."));
    }

    [Fact]
    public void People_get_the_same_PowerShell_as_the_tests() =>
        Assert.Contains(
            $"\"version\": \"{Repository.PowerShellVersion}\"",
            File.ReadAllText(Path.Combine(Repository.Root, ".config/dotnet-tools.json")),
            StringComparison.Ordinal
        );

    /// <summary>Diagnostic messages are what the runner shows of a test that passes, at every verbosity.</summary>
    public sealed class Console(IMessageSink sink)
    {
        public void WriteLine(string line) => sink.OnMessage(new DiagnosticMessage("{0}", line));
    }
}
