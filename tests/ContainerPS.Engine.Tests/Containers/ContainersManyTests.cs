using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Containers;

/// <summary>Many at once, some of them killed with their monitors; the store's disposal demands that nothing is left.</summary>
[Collection(KernelTests.Name)]
public sealed class ContainersManyTests : IDisposable
{
    private const int Count = 50;

    private readonly TestStore _store = new();

    private ContainerEngine Engine => _store.Engine;

    public void Dispose() => _store.Dispose();

    [SkippableFact]
    public void Fifty_run_at_once_and_a_fifth_of_them_and_of_their_monitors_are_killed()
    {
        TestStore.NeedsRoot();
        var containers = new Container[Count];
        Parallel.For(0, Count, i => containers[i] = _store.Started(TestStore.Shell($"echo {i}; sleep 300") with { Name = $"many-{i}" }));

        Assert.Equal(Count, Engine.GetContainers(new ContainerQuery { States = [ContainerState.Running] }).Count);
        foreach (var container in containers.Where((_, i) => i % 5 == 0)) Kill(container.Pid!.Value);
        foreach (var container in containers.Where((_, i) => i % 5 == 1)) Kill(container.View.Current.MonitorPid);

        TestStore.Eventually(() => containers.Where((_, i) => i % 5 == 0).All(container => container.State == ContainerState.Exited), "the ends of those that were killed");
        Assert.All(containers.Where((_, i) => i % 5 == 0), container => Assert.Equal(137, container.ExitCode));
        Assert.Equal(Count * 4 / 5, Engine.GetContainers(new ContainerQuery { States = [ContainerState.Running] }).Count);

        Parallel.ForEach(containers, container => Engine.Remove(container, force: true));
        Assert.Empty(Engine.GetContainers());
    }

    [SkippableFact]
    public void Runs_side_by_side_get_their_own_output()
    {
        TestStore.NeedsRoot();
        var results = new string[Count];
        Parallel.For(0, Count, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            using var run = Engine.Run(TestStore.Shell($"echo {i}"));
            results[i] = run.Wait().Stdout.Single();
        });

        Assert.Equal(Enumerable.Range(0, Count).Select(i => $"{i}"), results);
    }

    private static void Kill(int pid)
    {
        using var pidfd = Pidfd.Open(pid);
        pidfd.SendSignal(Signal.Kill);
    }
}
