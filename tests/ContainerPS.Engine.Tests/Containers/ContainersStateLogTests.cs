using System.Text;
using ContainerPS.Engine.Containers.State;

namespace ContainerPS.Engine.Tests.Containers;

public sealed class ContainersStateLogTests
{
    private const string Running =
        """{"event":"running","run":1,"pid":123,"start":456,"monitor":120,"monitorStart":450,"at":1700000000123456789}""" + "\n";
    private const string Exited = """{"event":"exited","run":1,"code":7,"signal":0,"oom":false,"at":1700000001000000000}""" + "\n";

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

    [Fact]
    public void An_adopting_monitor_does_not_change_when_it_started()
    {
        StateRecord state = Read(
            Running
                + """{"event":"running","run":1,"pid":123,"start":456,"monitor":999,"monitorStart":990,"at":1800000000000000000}"""
                + "\n"
        );

        Assert.Equal(999, state.MonitorPid);
        Assert.Equal(2023, state.StartedAt!.Value.Year);
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
