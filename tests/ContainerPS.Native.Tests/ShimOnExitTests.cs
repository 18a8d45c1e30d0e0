using System.Text.Json;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Tests;

/// <summary>The command that a monitor runs when the container has ended and the starter is gone.</summary>
public sealed class ShimOnExitTests : IDisposable
{
    /// <summary>Longer than a monitor waits before it goes under its filter.</summary>
    private const string Long = "sleep 0.2";
    private const string Short = "true";

    private readonly ShimPlans _plans = new();

    private string Note => Path.Combine(_plans.Directory, "note");

    public void Dispose() => _plans.Dispose();

    [SkippableTheory]
    [InlineData(Short)]
    [InlineData(Long)]
    public void A_program_that_was_deleted_meanwhile_runs_all_the_same(string container)
    {
        ShimPlans.RequireRoot();
        string program = Path.Combine(_plans.Directory, "program");
        File.Copy("/bin/sh", program);
        string go = Path.Combine(_plans.Directory, "go");
        int monitor = StartAndLeave($"{container}; until [ -e {go} ]; do sleep 0.02; done", [program, "-c", $"echo done > {Note}"]);
        File.Delete(program);
        File.WriteAllText(go, "");
        WaitUntilGone(monitor);
        Assert.True(File.Exists(Note), File.ReadAllText(_plans.StatePath));
        Assert.Equal("done\n", File.ReadAllText(Note));
    }

    [SkippableTheory]
    [InlineData(Short)]
    [InlineData(Long)]
    public void It_has_no_filter(string container)
    {
        ShimPlans.RequireRoot();
        string command = $"grep -E '^(Seccomp|NoNewPrivs|SigBlk):' /proc/self/status > {Note}";
        WaitUntilGone(StartAndLeave(container, ["/bin/sh", "-c", command]));
        Assert.Equal(
            ["SigBlk: 0000000000000000", "NoNewPrivs: 0", "Seccomp: 0"],
            File.ReadAllLines(Note).Select(line => line.Replace('\t', ' '))
        );
    }

    [SkippableFact]
    public void It_has_the_starters_oom_score_and_not_the_monitors()
    {
        ShimPlans.RequireRoot();
        string own = File.ReadAllText("/proc/self/oom_score_adj");
        string go = Path.Combine(_plans.Directory, "go");
        int monitor = StartAndLeave($"until [ -e {go} ]; do sleep 0.02; done", ["/bin/sh", "-c", $"cat /proc/self/oom_score_adj > {Note}"]);
        // It lowers its own score before it goes under its filter.
        Eventually.Sees(
            () => File.ReadAllText($"/proc/{monitor}/status"),
            status => status.Contains("Seccomp:\t2", StringComparison.Ordinal),
            "the monitor's filter"
        );
        string monitors = File.ReadAllText($"/proc/{monitor}/oom_score_adj");
        File.WriteAllText(go, "");
        WaitUntilGone(monitor);
        Skip.If(monitors == own, "a monitor cannot lower its oom score here (no CAP_SYS_RESOURCE): both scores are the same");
        Assert.Equal(own, File.ReadAllText(Note));
    }

    [SkippableFact]
    public void A_monitor_that_will_start_a_program_is_under_its_filter()
    {
        ShimPlans.RequireRoot();
        using var shim = ShimProcess.Start(Plan("sleep 1000", ["/bin/true"]).Build(), "test");
        PlanStatus started = shim.ReceiveStart();
        Eventually.Sees(
            () => File.ReadAllText($"/proc/{started.MonitorPid}/status"),
            status => status.Contains("Seccomp:\t2", StringComparison.Ordinal),
            "the monitor's filter"
        );
        kill(started.Pid, 9);
        shim.Receive();
    }

    [SkippableTheory]
    [InlineData(Short)]
    [InlineData(Long)]
    public void What_fails_every_time_is_noted_with_its_exit_code(string container)
    {
        ShimPlans.RequireRoot();
        WaitUntilGone(StartAndLeave(container, ["/bin/sh", "-c", $"echo tried >> {Note}; exit 3"]));
        Assert.Equal(3, File.ReadAllLines(Note).Length);
        AssertNoted(3);
    }

    [SkippableTheory]
    [InlineData(Short)]
    [InlineData(Long)]
    public void A_program_that_is_not_there_is_noted(string container)
    {
        ShimPlans.RequireRoot();
        WaitUntilGone(StartAndLeave(container, ["/nowhere/containerps", "internal"]));
        AssertNoted(127);
    }

    [SkippableFact]
    public void The_process_that_would_run_it_ends_with_a_killed_monitor_and_keeps_nothing_of_it()
    {
        ShimPlans.RequireRoot();
        using var shim = ShimProcess.Start(Plan("sleep 1000", ["/bin/sh", "-c", $"echo done > {Note}"]).Build(), "test");
        PlanStatus started = shim.ReceiveStart();
        int[] children = Eventually.Sees(
            () => Children(started.MonitorPid).Where(pid => pid != started.Pid).ToArray(),
            pids => pids.Length == 1 && File.ReadAllText($"/proc/{pids[0]}/comm") == "containerps-end\n",
            "the process that would run the command"
        );
        string[] held = [.. Directory.GetFiles($"/proc/{children[0]}/fd").Select(path => new FileInfo(path).LinkTarget!).Order()];
        Assert.Equal(5, held.Length);
        Assert.Equal(3, held.Count(link => link == "/dev/null"));
        Assert.Contains(held, link => link.StartsWith("pipe:", StringComparison.Ordinal));

        kill(started.MonitorPid, 9);
        WaitUntilGone(started.MonitorPid);
        using FileDescriptor file = Files.Open(Path.Combine(_plans.Directory, "monitor.lock"), O_RDWR);
        Assert.Equal(0, flock(file, LOCK_EX | LOCK_NB));
        WaitUntilGone(children[0]);
        kill(started.Pid, 9);
        Assert.False(File.Exists(Note));
    }

    private static int[] Children(int pid) =>
        [
            .. File.ReadAllText($"/proc/{pid}/task/{pid}/children")
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(text => int.Parse(text, null)),
        ];

    private PlanBuilder Plan(string script, string[] command) =>
        _plans.Service(
            ["/bin/sh", "-c", script],
            settings => settings with { OnExitCommand = command, OnExitEnvironment = ["PATH=/usr/bin:/bin"] }
        );

    private int StartAndLeave(string script, string[] command)
    {
        using var shim = ShimProcess.Start(Plan(script, command).Build(), "test");
        return shim.ReceiveStart().MonitorPid;
    }

    private void AssertNoted(int code)
    {
        JsonElement[] lines = [.. File.ReadLines(_plans.StatePath).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(["running", "exited", "cleanup-failed"], lines.Select(line => line.GetProperty("event").GetString()));
        Assert.Equal(("on-exit", code), (lines[2].GetProperty("step").GetString(), lines[2].GetProperty("code").GetInt32()));
    }

    private static void WaitUntilGone(int pid) => Eventually.True(() => !ProcessState.IsAlive(pid), $"the end of process {pid}");
}
