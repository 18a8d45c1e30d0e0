using Xunit.Abstractions;

namespace ContainerPS.Commands.Tests;

/// <summary>
/// The Pester suites on a real pwsh, where there is one. Each file is one test; its totals and failures are in the output.
/// </summary>
public sealed class PesterTests(ITestOutputHelper output)
{
    public static TheoryData<string> Suites =>
        [
            .. Directory
                .GetFiles(Path.Combine(Repository.Root, "tests/Pester"), "*.Tests.ps1")
                .Select(f => Path.GetFileName(f)!)
                .Order(StringComparer.Ordinal),
        ];

    [SkippableTheory]
    [MemberData(nameof(Suites))]
    public void Passes(string suite)
    {
        Skip.If(PesterRun.Obstacle is not null, PesterRun.Obstacle);
        var run = PesterRun.Of(Path.Combine(Repository.Root, "tests/Pester", suite));
        output.WriteLine($"{suite}: {run.Passed} passed, {run.Failed} failed, {run.Skipped} skipped");
        output.WriteLine(run.Output);
        Assert.True(run.Failures.Count == 0, string.Join(Environment.NewLine, run.Failures));
        Assert.True(run.Passed + run.Skipped > 0, "Pester found no test.");
    }
}
