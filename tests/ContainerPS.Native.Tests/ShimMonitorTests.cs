using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using ContainerPS.Native.Interop;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Tests;

/// <summary>What stays with a container: output, log, records, and what becomes of them when someone dies.</summary>
public abstract unsafe class ShimMonitorTests(bool sharesMemory) : IDisposable
{
    private readonly ShimPlans _plans = new(sharesMemory);

    public void Dispose()
    {
        _plans.Dispose();
        GC.SuppressFinalize(this);
    }

    [SkippableFact]
    public void The_state_tells_running_and_then_exited_with_the_code()
    {
        ShimPlans.RequireRoot();
        using var shim = ShimProcess.Start(_plans.Service(["/bin/sh", "-c", "exit 5"]).Build(), "test");
        PlanStatus started = shim.ReceiveStart();
        PlanStatus exited = shim.Receive()!.Value;
        Assert.Equal((PlanStatusKind.Exited, 5), (exited.Kind, exited.Code));
        JsonElement[] lines = ReadRecords(_plans.StatePath);
        Assert.Equal(["running", "exited"], lines.Select(line => line.GetProperty("event").GetString()));
        Assert.Equal(started.Pid, lines[0].GetProperty("pid").GetInt32());
        Assert.Equal(started.StartTicks, lines[0].GetProperty("start").GetInt64());
        Assert.Equal(started.MonitorPid, lines[0].GetProperty("monitor").GetInt32());
        Assert.Equal(5, lines[1].GetProperty("code").GetInt32());
        Assert.Equal(File.ReadAllLines(_plans.StatePath)[1], File.ReadAllText(_plans.ExitsPath).TrimEnd('\n'));
        WaitUntilGone(started.MonitorPid);
    }

    [SkippableFact]
    public void Start_and_end_are_lines_of_the_event_journal()
    {
        ShimPlans.RequireRoot();
        string events = Directory.CreateDirectory(Path.Combine(_plans.Directory, "events")).FullName;
        PlanMonitorSettings Recorded(PlanMonitorSettings settings) =>
            settings with
            {
                Run = 7,
                EventsPath = events,
                EventMembers = "\"id\":\"ab\",\"name\":\"web\"",
            };

        Run(_plans.Service(["/bin/sh", "-c", "exit 5"], Recorded));
        Run(_plans.Service(["/bin/sh", "-c", "kill -9 $$"], settings => Recorded(settings) with { EventSegmentSize = 300 }, flags: 0));

        string[] segments = [.. Directory.GetFiles(events).Order()];
        Assert.Equal(["00000000000000000001", "00000000000000000004"], segments.Select(Path.GetFileName));
        string[] lines = [.. segments.SelectMany(File.ReadAllLines)];
        string Line(string action, string exit, string signal) =>
            $"{{\"at\":0,\"type\":\"container\",\"action\":\"{action}\",\"id\":\"ab\",\"name\":\"web\"{exit},"
            + $"\"attributes\":{{\"run\":\"7\"{signal}}}}}";
        Assert.Equal(
            [
                Line("start", "", ""),
                Line("die", ",\"exitCode\":5", ""),
                Line("start", "", ""),
                "{\"seal\":true}",
                Line("die", ",\"exitCode\":137", ",\"signal\":\"9\""),
            ],
            lines.Select(line => Regex.Replace(line, "\"at\":[0-9]{19}", "\"at\":0"))
        );
        JsonElement[] state = ReadRecords(_plans.StatePath);
        JsonElement[] recorded =
        [
            .. lines
                .Where(line => line.StartsWith("{\"at\"", StringComparison.Ordinal))
                .Select(line => JsonDocument.Parse(line).RootElement),
        ];
        Assert.Equal(state.Select(line => line.GetProperty("at").GetInt64()), recorded.Select(line => line.GetProperty("at").GetInt64()));
    }

    [SkippableFact]
    public void A_journal_that_takes_nothing_does_not_keep_a_container_from_starting_and_ending()
    {
        ShimPlans.RequireRoot();
        string file = Path.Combine(_plans.Directory, "events");
        File.WriteAllText(file, "no directory");
        Run(
            _plans.Service(
                ["/bin/sh", "-c", "exit 5"],
                settings => settings with { EventsPath = file, EventMembers = "\"id\":\"" + new string('x', 5000) + "\"" }
            )
        );
        Directory.CreateDirectory(file + "s");
        Run(
            _plans.Service(
                ["/bin/sh", "-c", "exit 5"],
                settings => settings with { EventsPath = file + "s", EventMembers = "\"id\":\"" + new string('x', 5000) + "\"" }
            )
        );

        Assert.Equal("no directory", File.ReadAllText(file));
        // More than the monitor has room for: nothing, rather than a part.
        Assert.Empty(Directory.GetFiles(file + "s"));
        Assert.Equal(
            ["running", "exited", "running", "exited"],
            ReadRecords(_plans.StatePath).Select(line => line.GetProperty("event").GetString())
        );
    }

    [SkippableFact]
    public void A_signal_is_told_as_such()
    {
        ShimPlans.RequireRoot();
        using var shim = ShimProcess.Start(_plans.Service(["/bin/sleep", "100"]).Build(), "test");
        PlanStatus started = shim.ReceiveStart();
        kill(started.Pid, 9);
        PlanStatus exited = shim.Receive()!.Value;
        Assert.Equal((137, 9), (exited.Code, exited.Signal));
    }

    [SkippableFact]
    public void Output_is_logged_in_the_format_of_the_CRI()
    {
        ShimPlans.RequireRoot();
        Run(_plans.Service(["/bin/sh", "-c", "echo one; echo two >&2; printf three"]));
        string[][] lines = [.. File.ReadAllLines(_plans.LogPath).Select(line => line.Split(' ', 4))];
        Assert.Equal(3, lines.Length);
        Assert.Contains(lines, line => line[1..] is ["stdout", "F", "one"]);
        Assert.Contains(lines, line => line[1..] is ["stderr", "F", "two"]);
        Assert.Contains(lines, line => line[1..] is ["stdout", "P", "three"]);
        Assert.All(lines, line => Assert.True(Math.Abs((DateTimeOffset.Parse(line[0], null) - DateTimeOffset.UtcNow).TotalMinutes) < 1));
        Assert.All(lines, line => Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$", line[0]));
    }

    [SkippableFact]
    public void Nothing_is_lost_of_much_output_written_right_before_the_exit()
    {
        ShimPlans.RequireRoot();
        Run(_plans.Service(["/bin/sh", "-c", "seq 1 200000"], settings => settings with { LogMaxSize = 100_000_000 }));
        string text = string.Concat(
            File.ReadLines(_plans.LogPath)
                .Select(line => line.Split(' ', 4) is [_, _, "F", var whole] ? whole + "\n" : line.Split(' ', 4)[3])
        );
        Assert.Equal(string.Concat(Enumerable.Range(1, 200_000).Select(number => $"{number}\n")), text);
    }

    [SkippableFact]
    public void The_log_is_bounded_by_its_size_and_number_of_files()
    {
        ShimPlans.RequireRoot();
        Run(_plans.Service(["/bin/sh", "-c", "seq 1 50000"], settings => settings with { LogMaxSize = 100_000, LogMaxFiles = 3 }));
        string[] files = [.. Directory.GetFiles(_plans.Directory, "container.log*").Select(Path.GetFileName).Order()!];
        Assert.Equal(["container.log", "container.log.1", "container.log.2"], files);
        Assert.All(files, file => Assert.True(new FileInfo(Path.Combine(_plans.Directory, file)).Length <= 100_000));
        Assert.EndsWith(" 50000", File.ReadAllLines(_plans.LogPath)[^1]);
    }

    [SkippableFact]
    public void An_attached_reader_gets_all_output_however_slow_it_is()
    {
        ShimPlans.RequireRoot();
        (FileDescriptor read, FileDescriptor write) = Files.CreatePipe();
        PlanBuilder plan = _plans.Service(["/bin/sh", "-c", "seq 1 100000"]);
        plan.Monitor = plan.Monitor! with { AttachedStdout = plan.Inherit(write.Number, "attached") };
        using var shim = ShimProcess.Start(plan.Build(), "test");
        shim.ReceiveStart();
        AwaitFull(write);
        write.Dispose();
        using var reader = new StreamReader(new FileStream(read.ToSafeFileHandle(), FileAccess.Read, 1));
        Assert.Equal(string.Concat(Enumerable.Range(1, 100_000).Select(number => $"{number}\n")), reader.ReadToEnd());
        Assert.Equal(0, shim.Receive()!.Value.Code);
    }

    [SkippableFact]
    public void The_death_of_an_attached_reader_does_not_hold_the_container_up()
    {
        ShimPlans.RequireRoot();
        (FileDescriptor read, FileDescriptor write) = Files.CreatePipe();
        PlanBuilder plan = _plans.Service(["/bin/sh", "-c", "seq 1 100000; echo last"]);
        plan.Monitor = plan.Monitor! with { AttachedStdout = plan.Inherit(write.Number, "attached") };
        using var shim = ShimProcess.Start(plan.Build(), "test");
        shim.ReceiveStart();
        write.Dispose();
        read.Dispose();
        Assert.Equal(0, shim.Receive()!.Value.Code);
        Assert.EndsWith(" last", File.ReadAllLines(_plans.LogPath)[^1]);
    }

    [SkippableFact]
    public void The_monitor_holds_its_lock_until_the_container_has_ended()
    {
        ShimPlans.RequireRoot();
        using var shim = ShimProcess.Start(_plans.Service(["/bin/sleep", "100"]).Build(), "test");
        PlanStatus started = shim.ReceiveStart();
        using FileDescriptor file = Files.Open(Path.Combine(_plans.Directory, "monitor.lock"), O_RDWR);
        Assert.Equal(-1, flock(file, LOCK_EX | LOCK_NB));
        kill(started.Pid, 9);
        shim.Receive();
        WaitUntilGone(started.MonitorPid);
        Assert.Equal(0, flock(file, LOCK_EX | LOCK_NB));
    }

    [SkippableFact]
    public void A_starter_that_goes_away_leaves_the_on_exit_command_to_the_monitor()
    {
        ShimPlans.RequireRoot();
        string note = Path.Combine(_plans.Directory, "note");
        string go = Path.Combine(_plans.Directory, "go");
        PlanStatus started;
        using (var shim = ShimProcess.Start(WithOnExit(note, $"until [ -e {go} ]; do sleep 0.02; done").Build(), "test"))
        {
            started = shim.ReceiveStart();
        }

        File.WriteAllText(go, "");
        WaitUntilGone(started.MonitorPid);
        Assert.Equal("done\n", File.ReadAllText(note));
    }

    [SkippableFact]
    public void A_starter_that_took_over_and_removed_the_state_is_not_helped()
    {
        ShimPlans.RequireRoot();
        string note = Path.Combine(_plans.Directory, "note");
        PlanStatus started;
        using (var shim = ShimProcess.Start(WithOnExit(note, "true").Build(), "test"))
        {
            started = shim.ReceiveStart();
            shim.TakeOver();
            Assert.Equal(PlanStatusKind.Exited, shim.Receive()!.Value.Kind);
            File.Delete(_plans.StatePath);
        }

        WaitUntilGone(started.MonitorPid);
        Assert.False(File.Exists(note));
    }

    [SkippableFact]
    public void A_starter_that_took_over_and_died_is_helped()
    {
        ShimPlans.RequireRoot();
        string note = Path.Combine(_plans.Directory, "note");
        PlanStatus started;
        using (var shim = ShimProcess.Start(WithOnExit(note, "true").Build(), "test"))
        {
            started = shim.ReceiveStart();
            shim.TakeOver();
        }

        WaitUntilGone(started.MonitorPid);
        Assert.Equal("done\n", File.ReadAllText(note));
    }

    [SkippableFact]
    public void Lifetime_Session_ends_the_container_with_its_starter()
    {
        ShimPlans.RequireRoot();
        using var starter = Process.Start("/bin/sleep", "1000");
        using FileDescriptor pidfd = new((int)syscall(434, starter.Id, 0, 0, 0, 0, 0));
        PlanBuilder plan = _plans.Service(["/bin/sleep", "1000"]);
        plan.Monitor = plan.Monitor! with { StarterPidfd = plan.Inherit(pidfd.Number, "starter"), Flags = PlanMonitorFlags.EndWithStarter };
        using var shim = ShimProcess.Start(plan.Build(), "test");
        PlanStatus started = shim.ReceiveStart();
        starter.Kill();
        Assert.Equal(
            (PlanStatusKind.Exited, 9),
            (shim.Receive()!.Value.Kind, ReadRecords(_plans.StatePath)[^1].GetProperty("signal").GetInt32())
        );
        WaitUntilGone(started.MonitorPid);
    }

    [SkippableFact]
    public void Lifetime_Session_ends_a_frozen_container_too()
    {
        ShimPlans.RequireRoot();
        Skip.IfNot(File.Exists("/sys/fs/cgroup/freezer/tasks"), "no freezer of cgroup v1");
        string cgroup = $"/sys/fs/cgroup/freezer/containerps-test-{Guid.NewGuid():N}";
        Directory.CreateDirectory(cgroup);
        try
        {
            using var starter = Process.Start("/bin/sleep", "1000");
            using FileDescriptor pidfd = new((int)syscall(434, starter.Id, 0, 0, 0, 0, 0));
            PlanBuilder plan = _plans.Service(["/bin/sleep", "1000"]);
            plan.Monitor = plan.Monitor! with
            {
                StarterPidfd = plan.Inherit(pidfd.Number, "starter"),
                CgroupDirectories = [cgroup],
                Flags = PlanMonitorFlags.EndWithStarter,
            };
            using var shim = ShimProcess.Start(plan.Build(), "test");
            PlanStatus started = shim.ReceiveStart();
            File.WriteAllText(Path.Combine(cgroup, "cgroup.procs"), $"{started.Pid}");
            File.WriteAllText(Path.Combine(cgroup, "freezer.state"), "FROZEN");
            starter.Kill();
            Assert.Equal(
                (PlanStatusKind.Exited, 9),
                (shim.Receive()!.Value.Kind, ReadRecords(_plans.StatePath)[^1].GetProperty("signal").GetInt32())
            );
        }
        finally
        {
            Eventually.True(() => Removed(cgroup), $"the removal of {cgroup}");
        }
    }

    private static bool Removed(string cgroup)
    {
        try
        {
            Directory.Delete(cgroup);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    [SkippableFact]
    public void A_monitor_keeps_no_descriptor_of_its_starter_and_no_plan()
    {
        ShimPlans.RequireRoot();
        string foreign = Path.Combine(_plans.Directory, "foreign");
        File.WriteAllText(foreign, "");
        using FileDescriptor leaked = Files.Open(foreign);
        Assert.Equal(0, fcntl(leaked, F_SETFD, 0));
        using var shim = ShimProcess.Start(_plans.Service(["/bin/sleep", "100"]).Build(), "test");
        PlanStatus started = shim.ReceiveStart();
        Eventually.True(
            () => !File.ReadAllText($"/proc/{started.MonitorPid}/maps").Contains("containerps-plan", StringComparison.Ordinal),
            "a monitor that has not mapped the plan any more"
        );

        // stdin, stdout, stderr; both FIFOs; lock; pidfd; signals; status socket. What is open for a moment only is gone at the next look.
        string[] held = Eventually.Sees(
            () => Descriptors(started.MonitorPid),
            held => held.Length is 8 or 9,
            "the eight or nine descriptors of a monitor",
            held => string.Join(", ", held)
        );
        kill(started.Pid, 9);
        shim.Receive();
        Assert.DoesNotContain(foreign, held);
        Assert.DoesNotContain(held, link => link.Contains("containerps-plan", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void An_idle_monitor_takes_at_most_64_KB()
    {
        ShimPlans.RequireRoot();
        using var shim = ShimProcess.Start(_plans.Service(["/bin/sh", "-c", "seq 1 20000; sleep 100"]).Build(), "test");
        PlanStatus started = shim.ReceiveStart();
        Eventually.Sees(() => LastLine(_plans.LogPath), line => line.EndsWith(" 20000", StringComparison.Ordinal), "all of the output");

        // It gives back what the output needed when nothing has come for a second, and then sleeps.
        Eventually.Sees(() => ProportionalKilobytes(started.MonitorPid), size => size is > 0 and <= 64, "a monitor of at most 64 KB");
        Eventually.Sees(() => ProcessState.CallOf($"/proc/{started.MonitorPid}"), call => call == SYS.ppoll, "its sleep");
        int asleep = ProportionalKilobytes(started.MonitorPid);
        kill(started.Pid, 9);
        shim.Receive();
        Assert.InRange(asleep, 1, 64);
    }

    private static int ProportionalKilobytes(int pid)
    {
        string pss = File.ReadLines($"/proc/{pid}/smaps_rollup").First(line => line.StartsWith("Pss:", StringComparison.Ordinal));
        return int.Parse(pss.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], null);
    }

    private static string LastLine(string path) => File.Exists(path) ? File.ReadLines(path).LastOrDefault("") : "";

    private static string[] Descriptors(int pid) =>
        [.. Directory.GetFiles($"/proc/{pid}/fd").Select(path => new FileInfo(path).LinkTarget).OfType<string>()];

    /// <summary>Nothing fits into the pipe any more, and nobody reads it: its writers wait.</summary>
    private static void AwaitFull(FileDescriptor pipe) => Eventually.True(() => Files.Poll(pipe, POLLOUT, 0) == 0, "a full pipe");

    [SkippableFact]
    public void A_container_outlives_its_monitor_and_is_adopted_with_its_true_exit_code()
    {
        ShimPlans.RequireRoot();
        PlanStatus started;
        // The container ends when it is told to: what is in a pipe that nobody holds any more is lost.
        string go = Path.Combine(_plans.Directory, "go");
        using (
            var shim = ShimProcess.Start(
                _plans.Service(["/bin/sh", "-c", $"echo before; until [ -e {go} ]; do sleep 0.05; done; echo after; exit 6"]).Build(),
                "test"
            )
        )
        {
            started = shim.ReceiveStart();
        }

        kill(started.MonitorPid, 9);
        WaitUntilGone(started.MonitorPid);

        using FileDescriptor pidfd = new((int)syscall(434, started.Pid, 0, 0, 0, 0, 0));
        using var adopting = ShimProcess.Start(_plans.Adoption(pidfd, started).Build(), "test");
        Assert.Equal(PlanStatusKind.Adopted, adopting.ReceiveStart().Kind);
        File.WriteAllText(go, "");
        PlanStatus exited = adopting.Receive()!.Value;
        Assert.Equal(HostFacts.KernelIsAtLeast(6, 15) ? 6 : -1, exited.Code);
        Assert.Equal(["before", "after"], File.ReadAllLines(_plans.LogPath).Select(line => line.Split(' ')[3]));
    }

    [SkippableFact]
    public void Another_process_under_the_same_pid_is_not_adopted()
    {
        ShimPlans.RequireRoot();
        using var stranger = Process.Start("/bin/sleep", "1000");
        using FileDescriptor pidfd = new((int)syscall(434, stranger.Id, 0, 0, 0, 0, 0));
        using var adopting = ShimProcess.Start(
            _plans.Adoption(pidfd, new PlanStatus { Pid = stranger.Id, StartTicks = 1 }).Build(),
            "test"
        );
        Assert.Equal(3, Assert.Throws<LaunchException>(() => adopting.ReceiveStart()).Errno);
        Assert.False(stranger.HasExited);
        stranger.Kill();
    }

    [SkippableFact]
    public void Half_a_record_on_a_full_disk_takes_no_line_of_another_along()
    {
        ShimPlans.RequireRoot();
        using var shim = ShimProcess.Start(_plans.Service(["/bin/sleep", "1000"]).Build(), "test");
        PlanStatus started = shim.ReceiveStart();
        const string another = """{"event":"paused","run":1,"at":1}""";

        // Its files may be 20 bytes longer than the state is now: the line of the exit gets no further.
        const nint fileSize = 1;
        ulong* limits = stackalloc ulong[2];
        long end = new FileInfo(_plans.StatePath).Length + 20;
        limits[0] = limits[1] = (ulong)end;
        Assert.Equal(0, syscall(SYS.prlimit64, started.MonitorPid, fileSize, (nint)limits, 0, 0, 0));
        var stops = new ShimStops(started.MonitorPid);
        kill(started.Pid, 9);
        while (new FileInfo(_plans.StatePath).Length < end)
        {
            stops.RunTo(SYS.write);
            stops.RunToEnd();
        }

        File.AppendAllText(_plans.StatePath, another + "\n");
        stops.Detach();
        Assert.Equal(PlanStatusKind.Exited, shim.Receive()!.Value.Kind);
        string[] lines = File.ReadAllLines(_plans.StatePath);
        Assert.Equal((3, "", another), (lines.Length, lines[1].Trim(), lines[2]));
    }

    private PlanBuilder WithOnExit(string note, string script) =>
        _plans.Service(["/bin/sh", "-c", script], settings => settings with { OnExitCommand = ["/bin/sh", "-c", $"echo done >> {note}"] });

    private static void Run(PlanBuilder plan)
    {
        using var shim = ShimProcess.Start(plan.Build(), "test");
        PlanStatus started = shim.ReceiveStart();
        Assert.Equal(PlanStatusKind.Exited, shim.Receive()!.Value.Kind);
        WaitUntilGone(started.MonitorPid);
    }

    private static JsonElement[] ReadRecords(string path) => [.. File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement)];

    private static void WaitUntilGone(int pid) => Eventually.True(() => !ProcessState.IsAlive(pid), "the end of the monitor");
}

public sealed class ShimMonitorTestsOfCopies() : ShimMonitorTests(sharesMemory: false);

public sealed class ShimMonitorTestsOfSharedMemory() : ShimMonitorTests(sharesMemory: true);
