using System.Diagnostics;
using System.Text.Json;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Interop;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Launch.Planner;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Tests;

/// <summary>The end of a run: nothing of it is left when its exit is told.</summary>
public abstract class ShimEndTests(bool sharesMemory) : IDisposable
{
    private const long NewPid = 0x2000_0000;

    private readonly ShimPlans _plans = new(sharesMemory);
    private readonly string _path = $"/containerps-test-{Guid.NewGuid():N}";

    private Cgroup? _cgroup;

    public void Dispose()
    {
        if (_cgroup is { Exists: true })
        {
            _cgroup.Kill();
            _cgroup.Remove(TimeSpan.FromSeconds(5));
        }

        _plans.Dispose();
        GC.SuppressFinalize(this);
    }

    [SkippableTheory]
    [InlineData("exit 5")]
    [InlineData("sleep 0.1; exit 5")] // under the monitor's filter
    public void What_the_first_process_leaves_in_a_shared_pid_namespace_is_killed(string end)
    {
        string note = Path.Combine(_plans.Directory, "left");
        AssertEnds(Service($"sleep 1000 & echo $! > {note}; setsid sleep 1000 & {end}"));
        Assert.False(ProcessState.IsAlive(int.Parse(File.ReadAllText(note), null)));
    }

    [SkippableFact]
    public void Processes_that_fork_all_the_time_are_killed_all_the_same()
    {
        const string forking = "while :; do (:) & done";
        AssertEnds(Service($"({forking}) & ({forking}) & ({forking}) & sleep 0.2; exit 5"));
    }

    [SkippableFact]
    public void Groups_that_the_container_made_go_with_their_processes()
    {
        Cgroup cgroup = Make();
        string[] directories = [.. Entry(cgroup).Directories.Where(Directory.Exists)];
        foreach (string directory in directories)
        {
            Directory.CreateDirectory($"{directory}/a/b/c");
            Directory.CreateDirectory($"{directory}/a/.d");
            Directory.CreateDirectory($"{directory}/e");
        }

        // A group for itself in each hierarchy: a process may leave the one that can be frozen, and stay in another.
        string moves = string.Join(
                "; ",
                directories
                    .Select((directory, i) => $"sh -c 'echo $$ > {directory}/a/b/c/cgroup.procs; exec sleep 1000' &")
                    .Append($"sh -c 'echo $$ > {directories[^1]}/a/.d/cgroup.procs; exec sleep 1000' &")
                    .Select(move => move.TrimEnd('&').TrimEnd() + " &")
            )
            .Replace("&;", "&", StringComparison.Ordinal);
        AssertEnds(Service($"{moves} sleep 0.2; exit 5"));
    }

    [SkippableFact]
    public void A_frozen_rest_is_killed_too()
    {
        Skip.IfNot(Directory.Exists("/sys/fs/cgroup/freezer"), "no freezer of cgroup v1");
        Cgroup cgroup = Make();
        string freezer = Entry(cgroup).Directories[0];
        Directory.CreateDirectory($"{freezer}/frozen/below");
        AssertEnds(
            Service(
                $"sh -c 'echo $$ > {freezer}/frozen/below/cgroup.procs; exec sleep 1000' &"
                    + $" sh -c 'echo $$ > {freezer}/frozen/cgroup.procs; exec sleep 1000' &"
                    + $" sleep 0.1; echo FROZEN > {freezer}/frozen/freezer.state; exit 5"
            )
        );
    }

    [SkippableFact]
    public void Without_the_flag_the_processes_end_and_the_directories_stay()
    {
        PlanBuilder plan = Service("sleep 1000 & sleep 0.1; exit 5");
        plan.Monitor = WithoutRemoval(plan.Monitor!);
        Assert.Equal(5, Run(plan).Code);
        Assert.Empty(_cgroup!.Processes());
        Assert.All(Entry(_cgroup).JoinFiles, file => Assert.True(File.Exists(file)));
        Assert.Equal(["running", "exited"], Events());
    }

    [SkippableFact]
    public void What_cannot_be_removed_is_told_and_the_exit_recorded_all_the_same()
    {
        string stubborn = Path.Combine(_plans.Directory, "stubborn");
        Directory.CreateDirectory($"{stubborn}/below");
        File.WriteAllText($"{stubborn}/file", "");
        PlanBuilder plan = Service("exit 5");
        plan.Monitor = plan.Monitor! with { CgroupDirectories = [stubborn, .. plan.Monitor!.CgroupDirectories] };
        var clock = Stopwatch.StartNew();
        Assert.Equal(5, Run(plan).Code);

        Assert.InRange(clock.Elapsed.TotalSeconds, 1, 10);
        Assert.Equal(["running", "cleanup-failed", "exited"], Events());
        JsonElement left = JsonDocument.Parse(File.ReadAllLines(_plans.StatePath)[1]).RootElement;
        Assert.Equal(("cgroup", -39), (left.GetProperty("step").GetString(), left.GetProperty("code").GetInt32()));

        // The others are not left for its sake.
        Assert.False(_cgroup!.Exists);
    }

    [SkippableFact]
    public void An_adopting_monitor_ends_the_run_as_the_first_one_would()
    {
        string go = Path.Combine(_plans.Directory, "go");
        PlanBuilder plan = Service($"sleep 1000 & until [ -e {go} ]; do sleep 0.05; done; exit 6");
        PlanMonitorSettings settings = plan.Monitor!;
        PlanStatus started;
        using (var shim = ShimProcess.Start(plan.Build(), "test"))
        {
            started = shim.ReceiveStart();
        }

        kill(started.MonitorPid, 9);
        Eventually.True(() => !ProcessState.IsAlive(started.MonitorPid), "the end of the first monitor");
        using FileDescriptor pidfd = new((int)syscall(434, started.Pid, 0, 0, 0, 0, 0));
        PlanBuilder adoption = _plans.Adoption(
            pidfd,
            started,
            monitor => monitor with { CgroupDirectories = settings.CgroupDirectories, Flags = settings.Flags }
        );
        using var adopting = ShimProcess.Start(adoption.Build(), "test");
        adopting.ReceiveStart();
        File.WriteAllText(go, "");
        Assert.Equal(PlanStatusKind.Exited, adopting.Receive()!.Value.Kind);
        Assert.False(_cgroup!.Exists);
        Assert.Equal(["running", "adopted", "exited"], Events());
    }

    /// <summary>
    /// Time is no measure on a busy machine. An ordinary end is slow when it waits for anything, or tries anything twice.
    /// </summary>
    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_ordinary_end_waits_for_nothing_and_removes_each_directory_once(bool removes)
    {
        PlanBuilder plan = Service(_plans, Make(), ["/bin/sleep", "1000"], ShimPlans.NewNamespaces);
        if (!removes)
        {
            plan.Monitor = WithoutRemoval(plan.Monitor!);
        }

        using var shim = ShimProcess.Start(plan.Build(), "test");
        PlanStatus started = shim.ReceiveStart();
        var stops = new ShimStops(started.MonitorPid);
        kill(started.Pid, 9);
        List<long> calls = stops.RunOut();

        Assert.Equal(PlanStatusKind.Exited, shim.Receive()!.Value.Kind);
        Assert.Equal(removes ? Entry(_cgroup!).Directories.Count : 0, calls.Count(call => call == SYS.unlinkat));
        Assert.DoesNotContain(SYS.nanosleep, calls);
        Assert.DoesNotContain(SYS.kill, calls);
        Assert.Equal(!removes, _cgroup!.Exists);
    }

    private static PlanMonitorSettings WithoutRemoval(PlanMonitorSettings monitor) =>
        monitor with
        {
            Flags = PlanMonitorFlags.RecordDurably,
            CgroupDirectories = [monitor.CgroupDirectories[0]],
        };

    private void AssertEnds(PlanBuilder plan)
    {
        Assert.Equal(5, Run(plan).Code);
        Assert.False(_cgroup!.Exists);
        Assert.Equal(["running", "exited"], Events());
    }

    private static PlanStatus Run(PlanBuilder plan)
    {
        using var shim = ShimProcess.Start(plan.Build(), "test");
        shim.ReceiveStart();
        return shim.Receive()!.Value;
    }

    private string[] Events() =>
        [.. File.ReadLines(_plans.StatePath).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("event").GetString()!)];

    private Cgroup Make()
    {
        ShimPlans.RequireRoot();
        return _cgroup ??= CgroupHost.Detect().Create(_path);
    }

    private static CgroupEntry Entry(Cgroup cgroup) => HostFactsReader.EntryOf(cgroup);

    /// <summary>A shell in the pid namespace of this process, in a cgroup of its own.</summary>
    private PlanBuilder Service(string script) => Service(_plans, Make(), ["/bin/sh", "-c", script], ShimPlans.NewNamespaces & ~NewPid);

    private static PlanBuilder Service(ShimPlans plans, Cgroup cgroup, string[] command, long flags)
    {
        CgroupEntry entry = Entry(cgroup);
        string[] join = entry.V2Directory is { } unified ? [$"{unified}/cgroup.procs"] : [.. entry.JoinFiles];
        return plans.Service(
            command,
            monitor =>
                monitor with
                {
                    CgroupDirectories = entry.Directories,
                    Flags = PlanMonitorFlags.RecordDurably | PlanMonitorFlags.RemoveCgroup,
                },
            plan => Array.ForEach(join, file => plan.Child.WriteFile("joining", PlanValue.CurrentDirectory, file, "0")),
            flags
        );
    }
}

public sealed class ShimEndTestsOfCopies() : ShimEndTests(sharesMemory: false);

public sealed class ShimEndTestsOfSharedMemory() : ShimEndTests(sharesMemory: true);
