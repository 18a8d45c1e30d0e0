using System.Text;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Launch;

namespace ContainerPS.Engine.Tests.Containers;

public sealed class ContainersStateLogTests
{
    private const string Running =
        """{"event":"running","run":1,"pid":123,"start":456,"monitor":120,"monitorStart":450,"at":1700000000123456789}""" + "\n";
    private const string Exited = """{"event":"exited","run":1,"code":7,"signal":0,"oom":false,"at":1700000001000000000}""" + "\n";

    private const string Adopted =
        """{"event":"adopted","run":1,"pid":123,"monitor":999,"monitorStart":990,"at":1800000000000000000}""" + "\n";

    [Fact]
    public void A_running_line_tells_both_processes_and_the_start()
    {
        StateRecord state = Read(Running);

        Assert.Equal(
            (StateEvent.Running, 1, 123, 456L, 120, 450L),
            (state.Last, state.Run, state.Pid, state.StartTicks, state.MonitorPid, state.MonitorStartTicks)
        );
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1700000000123).AddTicks(4567), state.StartedAt);
    }

    [Fact]
    public void A_torn_tail_is_ignored()
    {
        for (int length = 0; length < Exited.Length; length++)
        {
            Assert.Equal(StateEvent.Running, Read(Running + Exited[..length]).Last);
        }

        Assert.Equal(StateEvent.Exited, Read(Running + Exited).Last);
    }

    [Theory]
    [InlineData("not json at all\n")]
    [InlineData("{\"event\":\"something new\",\"run\":1}\n")]
    [InlineData("{\"event\":\"exited\",\"run\":\"one\"}\n")]
    [InlineData("\n")]
    [InlineData("                    \n")]
    public void A_line_that_is_not_understood_is_ignored(string line) => Assert.Equal(StateEvent.Running, Read(Running + line).Last);

    [Fact]
    public void Unknown_members_do_not_hide_the_known_ones() =>
        Assert.Equal(
            3,
            Read("""{"new":{"deep":[1,2]},"event":"exited","run":1,"code":3,"signal":0,"oom":false,"at":1}""" + "\n").Exit!.Code
        );

    [Fact]
    public void A_pause_that_was_written_behind_the_end_does_not_bring_it_back() =>
        Assert.Equal(StateEvent.Exited, Read(Running + Exited + """{"event":"paused","run":1,"at":1}""" + "\n").Last);

    [Fact]
    public void A_resume_runs_on()
    {
        const string paused = """{"event":"paused","run":1,"at":1}""" + "\n";
        const string resumed = """{"event":"resumed","run":1,"at":2}""" + "\n";

        Assert.Equal(StateEvent.Paused, Read(Running + paused).Last);
        Assert.Equal((StateEvent.Running, 123), (Read(Running + paused + resumed).Last, Read(Running + paused + resumed).Pid));
    }

    /// <summary>Each event that the shared table knows, and what it comes to after a start of run 1.</summary>
    [Fact]
    public void Every_event_of_the_table_is_read()
    {
        Dictionary<StateEvent, Func<StateRecord, bool>> effects = new()
        {
            [StateEvent.Running] = state => state is { Last: StateEvent.Running, Pid: 123 },
            [StateEvent.Adopted] = state => state.MonitorPid == 999,
            [StateEvent.Paused] = state => state.Last == StateEvent.Paused,
            [StateEvent.Resumed] = state => state.Last == StateEvent.Running,
            [StateEvent.Exited] = state => state is { Last: StateEvent.Exited, Exit.Code: 7 },
            [StateEvent.StartFailed] = state => state.FailedStart is not null,
            [StateEvent.CleanupFailed] = state => state.OnExitFailed is not null,
        };
        foreach (StateEvent what in Enum.GetValues<StateEvent>().Where(what => what != StateEvent.None))
        {
            string name = Encoding.ASCII.GetString(StateEvents.NameOf(what));
            string line =
                $$"""{"event":"{{name}}","run":1,"pid":123,"start":456,"monitor":999,"monitorStart":990,"code":7,"reason":"r","at":2}"""
                + "\n";
            Assert.True(name.Length > 0 && what <= StateEvents.Last, $"{what} is not in the table.");
            Assert.True(effects.ContainsKey(what), $"{what} has no effect that this test knows.");
            Assert.True(effects[what](Read(Running + line)), $"{what} is not read.");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("paused")]
    public void An_adopting_monitor_changes_who_watches_and_nothing_else(string before)
    {
        string log = Running + (before.Length == 0 ? "" : $$"""{"event":"{{before}}","run":1,"at":1}""" + "\n");

        Assert.Equal(Read(log) with { MonitorPid = 999, MonitorStartTicks = 990 }, Read(log + Adopted));
    }

    [Fact]
    public void An_adoption_of_an_ended_or_another_run_changes_nothing()
    {
        Assert.Equal(Read(Running + Exited), Read(Running + Exited + Adopted));
        string another = Adopted.Replace("\"run\":1", "\"run\":2", StringComparison.Ordinal);
        Assert.Equal(Read(Running), Read(Running + another));
    }

    [Fact]
    public void A_failed_start_leaves_the_last_exit_as_it_was()
    {
        StateRecord state = Read(
            Running + Exited + """{"event":"start-failed","run":2,"reason":"no \u0022sh\u0022 there","at":1700000002000000000}""" + "\n"
        );

        Assert.Equal((StateEvent.Exited, 1, 7), (state.Last, state.Run, state.Exit!.Code));
        Assert.Equal((2, "no \"sh\" there", 2023), (state.FailedStart!.Run, state.FailedStart.Reason, state.FailedStart.At.Year));
    }

    [Fact]
    public void A_start_that_succeeds_makes_a_failed_one_and_a_failed_clean_up_history()
    {
        const string failed = """{"event":"start-failed","run":1,"reason":"r","at":1}""" + "\n";
        const string left = """{"event":"cleanup-failed","run":1,"step":"cgroup","code":-16,"at":1}""" + "\n";

        Assert.Equal(Read(Running), Read(failed + left + Running));
    }

    [Fact]
    public void A_failed_clean_up_is_kept_with_its_step_beside_the_exit()
    {
        const string left = """{"event":"cleanup-failed","run":1,"step":"cgroup","code":-16,"at":1}""" + "\n";
        const string notRun = """{"event":"cleanup-failed","run":1,"step":"on-exit","code":125,"at":1}""" + "\n";
        const string ofOld = """{"event":"cleanup-failed","run":1,"code":127,"at":1}""" + "\n";

        Assert.Equal((-16, null), Steps(Read(Running + left + Exited)));
        Assert.Equal((-16, 125), Steps(Read(Running + left + Exited + notRun)));
        Assert.Equal((null, 127), Steps(Read(Running + Exited + ofOld)));
        Assert.Equal(StateEvent.Exited, Read(Running + left + Exited + notRun).Last);

        static (int?, int?) Steps(StateRecord state) => (state.CgroupLeft?.Code, state.OnExitFailed?.Code);
    }

    [Fact]
    public void What_the_engine_writes_it_reads()
    {
        string directory = Directory.CreateTempSubdirectory("containerps-state-").FullName;
        try
        {
            var paths = new ContainerPaths(directory, directory, "x");
            Directory.CreateDirectory(paths.RunDirectory);
            File.WriteAllText(paths.State, Running);
            foreach (
                (StateEvent what, StateEvent last) in new[]
                {
                    (StateEvent.Paused, StateEvent.Paused),
                    (StateEvent.Resumed, StateEvent.Running),
                }
            )
            {
                ExitRecords.AppendEvent(paths, what, 1);
                Assert.Equal(last, StateLog.Read(File.ReadAllBytes(paths.State)).Last);
            }

            var exit = new RunExit(1, 3, 0, OomKilled: true, DateTimeOffset.UnixEpoch.AddSeconds(5));
            ExitRecords.AppendExit(paths.State, exit);
            Assert.Equal(exit, StateLog.Read(File.ReadAllBytes(paths.State)).Exit);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void The_exit_of_one_run_is_found_among_others()
    {
        byte[] log = Encoding.ASCII.GetBytes(
            Exited
                + Exited
                    .Replace("\"run\":1", "\"run\":2", StringComparison.Ordinal)
                    .Replace("\"code\":7", "\"code\":9", StringComparison.Ordinal)
        );

        Assert.Equal(7, StateLog.ReadExit(log, 1)!.Code);
        Assert.Equal(9, StateLog.ReadExit(log)!.Code);
        Assert.Null(StateLog.ReadExit(log, 3));
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(3, 0, 3)]
    [InlineData(0, 9, 137)]
    [InlineData(-1, 0, null)]
    public void A_code_is_told_as_a_shell_counts(int code, int signal, int? expected) =>
        Assert.Equal(expected, new RunExit(1, code, signal, false, default).ShellCode);

    private static StateRecord Read(string log) => StateLog.Read(Encoding.ASCII.GetBytes(log));
}
