using ContainerPS.Native.Launch;

namespace ContainerPS.Native.Tests;

/// <summary>
/// The kernel kills for memory: after the exec it is an exit with a reason, before it a start that failed. On cgroup v1; the engine's tests
/// do it on v2.
/// </summary>
public abstract class ShimOomTests(bool sharesMemory) : IDisposable
{
    private readonly string _cgroup = $"/sys/fs/cgroup/memory/containerps-test-{Guid.NewGuid():N}";
    private protected readonly ShimPlans plans = new(sharesMemory);

    public void Dispose()
    {
        plans.Dispose();
        GC.SuppressFinalize(this);
        if (Directory.Exists(_cgroup))
        {
            Eventually.True(TryRemove, $"the removal of {_cgroup}");
        }
    }

    [SkippableFact]
    public void A_process_that_is_killed_for_memory_is_told_as_such()
    {
        MakeCgroup(8 * 1024 * 1024);
        using var shim = ShimProcess.Start(Limited("/bin/sh", "-c", "exec tail /dev/zero").Build(), "test");
        shim.ReceiveStart();
        PlanStatus exited = shim.Receive()!.Value;
        Assert.Equal((9, 1u), (exited.Signal, exited.OomKilled));
        Assert.Contains("\"oom\":true", File.ReadAllText(plans.StatePath), StringComparison.Ordinal);
    }

    private protected void MakeCgroup(long limit)
    {
        ShimPlans.RequireRoot();
        Skip.IfNot(File.Exists("/sys/fs/cgroup/memory/tasks"), "no memory controller of cgroup v1");
        Directory.CreateDirectory(_cgroup);
        File.WriteAllText(Path.Combine(_cgroup, "memory.limit_in_bytes"), $"{limit}");
    }

    private protected PlanBuilder Limited(params string[] command)
    {
        PlanBuilder plan = plans.Service(
            command,
            Watched,
            inChild: plan => plan.Child.WriteFile("joining the cgroup", PlanValue.CurrentDirectory, Path.Combine(_cgroup, "tasks"), "0")
        );
        return plan;
    }

    private protected PlanMonitorSettings Watched(PlanMonitorSettings settings) =>
        settings with
        {
            Flags = PlanMonitorFlags.WatchOom,
            OomPath = Path.Combine(_cgroup, "memory.oom_control"),
            OomKey = "oom_kill",
        };

    private bool TryRemove()
    {
        try
        {
            Directory.Delete(_cgroup);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}

public sealed class ShimOomTestsOfCopies() : ShimOomTests(sharesMemory: false)
{
    /// <summary>What the counter says at the start is no matter of this container's.</summary>
    [SkippableFact]
    public void A_start_that_dies_otherwise_is_no_kill_for_memory_in_a_cgroup_that_has_seen_some()
    {
        MakeCgroup(8 * 1024 * 1024);
        using (var first = ShimProcess.Start(Limited("/bin/sh", "-c", "exec tail /dev/zero").Build(), "test"))
        {
            first.ReceiveStart();
            Assert.Equal(1u, first.Receive()!.Value.OomKilled);
        }

        using ShimPlans second = new(sharesMemory: false);
        using var shim = ShimProcess.Start(
            second.Service(["/bin/sleep", "100"], Watched, inChild: plan => plan.Child.Call("ending", SystemCall.exit_group, [3])).Build(),
            "test"
        );
        LaunchException failure = Assert.Throws<LaunchException>(() => shim.ReceiveStart());
        Assert.Equal((LaunchFailure.KilledBeforeExec, false), (failure.Kind, failure.OomKilled));
    }

    [SkippableFact]
    public void A_limit_that_is_too_small_for_the_start_itself_is_no_started_container()
    {
        MakeCgroup(0);
        using var shim = ShimProcess.Start(Limited("/bin/sleep", "100").Build(), "test");
        LaunchException failure = Assert.Throws<LaunchException>(() => shim.ReceiveStart());
        Assert.Equal((LaunchFailure.KilledBeforeExec, true), (failure.Kind, failure.OomKilled));
        Assert.False(File.Exists(plans.StatePath));
    }
}

public sealed class ShimOomTestsOfSharedMemory() : ShimOomTests(sharesMemory: true)
{
    /// <summary>
    /// No plan of the planner's comes here (SharedMemorySteps): who lowers a limit meanwhile might. The shim lives to tell it, and whatever
    /// is told, there is no container.
    /// </summary>
    [SkippableFact]
    public void A_limit_that_is_too_small_for_the_start_itself_is_one_error_and_the_end_of_it()
    {
        MakeCgroup(0);
        using var shim = ShimProcess.Start(Limited("/bin/sleep", "100").Build(), "test");
        LaunchException failure = Assert.Throws<LaunchException>(() => shim.ReceiveStart());
        Assert.NotEqual(LaunchFailure.Shim, failure.Kind);
        Assert.False(File.Exists(plans.StatePath));
        Assert.Null(shim.Receive());
    }
}
