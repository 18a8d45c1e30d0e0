using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace ContainerPS.Engine.Tests.Containers;

/// <summary>Many at once, some of them killed with their monitors; the store's disposal demands that nothing is left.</summary>
[Collection(KernelTests.Name)]
public sealed class ContainersManyTests(ITestOutputHelper output) : IDisposable
{
    private const int Count = 50;

    /// <summary>
    /// How many are started in all; above <see cref="Count"/>, which run at any time, two processes share them. `build.ps1 TestMany` asks
    /// for 200.
    /// </summary>
    private static readonly int Started = int.Parse(
        Environment.GetEnvironmentVariable("CONTAINERPS_TEST_MANY") ?? $"{Count}",
        CultureInfo.InvariantCulture
    );

    private readonly TestStore _store = new();

    private ContainerEngine Engine => _store.Engine;

    public void Dispose() => _store.Dispose();

    [SkippableFact]
    public void Fifty_run_at_once_and_a_fifth_of_them_and_of_their_monitors_are_killed()
    {
        TestStore.NeedsRoot();
        Assert.True(Engine.Containers.WaitForDeletions(Eventually.Bound));
        output.WriteLine($"CONTAINERPS_TEST_SEED={RandomMoments.Seed}");
        var before = HostPicture.Take(_store.Options);
        var clock = Stopwatch.StartNew();
        IReadOnlyList<ManyFigures> figures = Started <= Count ? [RunHere()] : RunInTwoProcesses();

        Assert.Empty(Engine.Containers.List());
        Eventually.Sees(() => HostPicture.Take(_store.Options), picture => picture == before, $"{before} as before");
        Assert.Equal(Started, figures.Sum(figure => figure.Started));
        Assert.True(
            figures.Sum(figure => figure.Killed) >= Started / 5 && figures.Sum(figure => figure.MonitorsKilled) >= Started / 5,
            string.Join("; ", figures)
        );
        Assert.All(
            figures,
            figure => Assert.True(figure.DescriptorsLeft <= TestStore.OpenedLate, $"{figure.DescriptorsLeft} descriptors more than before")
        );
        output.WriteLine(
            $"{Started} started in {clock.Elapsed.TotalSeconds:0.0} s; killed {figures.Sum(figure => figure.Killed)}, "
                + $"their monitors {figures.Sum(figure => figure.MonitorsKilled)}"
        );
        output.WriteLine($"before: {before}");
        output.WriteLine(
            $"after:  {HostPicture.Take(_store.Options)}, "
                + $"descriptors left: {string.Join(", ", figures.Select(figure => figure.DescriptorsLeft))}"
        );
    }

    private ManyFigures RunHere()
    {
        using var many = new ManyContainers(Engine, "many", new ManyScale(Started, Started, RandomMoments.Seed));
        many.Begin();
        AssertRunning(Started);
        many.Go();
        return many.End();
    }

    /// <summary>On one store, without a word between them but the beginning.</summary>
    private ManyFigures[] RunInTwoProcesses()
    {
        string[] scale = [$"{Started / 2}", $"{Count / 2}", $"{RandomMoments.Seed}"];
        using var one = Starter.Begin(_store.Options, ["many", "one", .. scale]);
        using var other = Starter.Begin(_store.Options, ["many", "other", .. scale]);
        Assert.Equal(["running", "running"], [one.Said(), other.Said()]);
        AssertRunning(Count);
        one.Tell("go");
        other.Tell("go");
        return [ManyFigures.Parse(one.Said()), ManyFigures.Parse(other.Said())];
    }

    private void AssertRunning(int count)
    {
        Assert.Equal(count, Engine.Containers.List(new ContainerQuery { States = [ContainerState.Running] }).Count);
        output.WriteLine($"at once: {HostPicture.Take(_store.Options)}");
    }

    [SkippableFact]
    public void Runs_side_by_side_get_their_own_output()
    {
        TestStore.NeedsRoot();
        string[] results = new string[Count];
        Parallel.For(
            0,
            Count,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            i =>
            {
                using ContainerRun run = Engine.Containers.Run(TestStore.Shell($"echo {i}"));
                results[i] = run.Wait().Stdout.Single();
            }
        );

        Assert.Equal(Enumerable.Range(0, Count).Select(i => $"{i}"), results);
    }
}
