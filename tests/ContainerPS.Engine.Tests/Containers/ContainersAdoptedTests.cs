using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Containers;

/// <summary>Every command on a container whose monitor was killed and that another one has adopted.</summary>
[Collection(KernelTests.Name)]
public sealed class ContainersAdoptedTests : IDisposable
{
    private readonly TestStore _store = new();

    private ContainerEngine Engine => _store.Engine;

    public void Dispose() => _store.Dispose();

    [SkippableFact]
    public void Removal_by_force_records_the_signal_that_ended_it()
    {
        TestStore.NeedsRoot();
        Container container = Adopted();

        Engine.Containers.Remove(container, force: true);

        // Older kernels than 6.15 forget the code of a process that nobody could wait for.
        if (HostFacts.KernelIsAtLeast(6, 15))
        {
            Assert.Equal((137, Signal.Kill), (container.ExitCode, container.ExitSignal));
        }
        else
        {
            Assert.Equal((null, null), (container.ExitCode, container.ExitSignal));
        }
    }

    [SkippableFact]
    public void The_new_monitor_is_the_containers_own_and_no_query_adopts_again()
    {
        TestStore.NeedsRoot();
        Container container = Adopted();
        int monitor = container.View.Current.MonitorPid;

        Assert.True(container.View.Current.Monitor.IsAlive);
        Assert.All(Enumerable.Range(0, 5), _ => Assert.Equal(monitor, Engine.Containers.Get(container.Id).View.Current.MonitorPid));
        Assert.Equal(ContainerState.Running, container.State);
    }

    [SkippableFact]
    public void It_is_stopped_with_its_own_exit_code()
    {
        TestStore.NeedsRoot();
        Container container = Adopted();

        Engine.Containers.Stop(container, Eventually.Bound);

        Assert.Equal(ContainerState.Exited, container.State);
        // Older kernels than 6.15 forget the code of a process that nobody could wait for.
        Assert.True(container.ExitCode is 0 || !HostFacts.KernelIsAtLeast(6, 15), container.Error);
    }

    [SkippableFact]
    public void It_is_paused_resumed_limited_measured_executed_in_and_read()
    {
        TestStore.NeedsRoot();
        Container container = Adopted();

        Engine.Containers.Pause(container);
        Assert.Equal(ContainerState.Paused, container.State);
        Engine.Containers.Resume(container);
        Assert.Equal(ContainerState.Running, container.State);
        Engine.Containers.SetLimit(container, new CgroupLimitChange { Values = new CgroupLimitRequest { PidsMax = 50 } });
        Assert.Equal(50, Engine.Containers.GetLimit(container).PidsMax);
        Assert.NotEqual(0, Engine.Containers.Measure(container).PidsCurrent);
        using (ContainerExec exec = Engine.Containers.Exec(container, new ExecDefinition { Command = ["/bin/sh", "-c", "exit 5"] }))
        {
            Assert.Equal(5, exec.Wait().ExitCode);
        }

        Assert.Equal("ready", Engine.Containers.ReadLog(container).First().Message);
    }

    [SkippableFact]
    public void A_paused_one_stays_paused_when_it_is_adopted()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle());
        Engine.Containers.Pause(container);

        KillMonitor(container);
        Container adopted = _store.Another().Containers.Get(container.Id);

        Assert.Equal(ContainerState.Paused, adopted.State);
        Engine.Containers.Stop(container, Eventually.Bound);
        Assert.Equal(ContainerState.Exited, container.State);
    }

    [SkippableFact]
    public void A_second_run_after_an_adopted_one_is_ordinary()
    {
        TestStore.NeedsRoot();
        Container container = Adopted();
        Engine.Containers.Stop(container, Eventually.Bound);

        Engine.Containers.Start(container);
        Engine.Containers.Kill(container);

        Assert.Equal(137, Engine.Containers.Wait(container, Eventually.Bound).ExitCode);
    }

    private Container Adopted()
    {
        Container container = _store.Ready(TestStore.Idle());
        int dead = container.View.Current.MonitorPid;
        KillMonitor(container);
        Container adopted = _store.Another().Containers.Get(container.Id);
        Assert.NotEqual(dead, adopted.View.Current.MonitorPid);
        return container;
    }

    private static void KillMonitor(Container container)
    {
        using Pidfd monitor = container.View.Current.Monitor.Open()!;
        monitor.SendSignal(Signal.Kill);
        monitor.WaitForExit(Eventually.Bound);
    }
}
