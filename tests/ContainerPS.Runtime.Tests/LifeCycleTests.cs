using ContainerPS.Native.Interop;
using ContainerPS.Native.Oci;

namespace ContainerPS.Runtime.Tests;

/// <summary>runtime.md "Lifecycle" and "Operations".</summary>
public sealed class LifeCycleTests : IDisposable
{
    private readonly RuntimeFixture _runtime = new();

    public void Dispose() => _runtime.Dispose();

    [SkippableFact]
    public void A_container_is_created_started_killed_and_deleted()
    {
        _runtime.Create(_runtime.Spec("sh", "-c", "trap 'exit 0' TERM; while true; do sleep 1; done"));
        State created = _runtime.State();
        Assert.Equal("created", created.Status);
        Assert.True(created.Pid > 0);
        Assert.Equal(_runtime.Bundle, created.Bundle);
        Assert.Equal(0, _runtime.Call("start", "c").Code);
        Assert.Equal("running", _runtime.Status());
        Assert.Equal(0, _runtime.Call("kill", "c", "KILL").Code);
        _runtime.Await("stopped");
        Assert.Equal(0, _runtime.State().Pid);
        Assert.Equal(0, _runtime.Call("delete", "c").Code);
        Assert.Contains("does not exist", _runtime.Call("state", "c").Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void The_program_does_not_run_before_start()
    {
        _runtime.Create(_runtime.Spec("touch", "/tmp/ran"));

        // It waits at the FIFO, before its exec: the program is not the command yet.
        int init = _runtime.State().Pid;
        Eventually.Sees(() => ProcessState.CallOf($"/proc/{init}"), call => call == SYS.read, "the wait of init for its start");
        Assert.DoesNotContain("touch", File.ReadAllText($"/proc/{init}/cmdline"), StringComparison.Ordinal);
        Assert.False(File.Exists($"{_runtime.RootFs}/tmp/ran"));
        Assert.Equal(0, _runtime.Call("start", "c").Code);
        _runtime.Await("stopped");
        Assert.True(File.Exists($"{_runtime.RootFs}/tmp/ran"));
    }

    [SkippableTheory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 42", 42)]
    public void The_exit_code_of_run_is_the_containers(string command, int code) => Assert.Equal(code, _runtime.Shell(command).Code);

    [SkippableFact]
    public void Death_by_a_signal_is_128_and_its_number()
    {
        _runtime.Write(_runtime.Spec("sleep", "100"));
        Task<Result> run = Task.Run(() => _runtime.Call("run", "--bundle", _runtime.Bundle, "c"));
        Eventually.True(() => run.IsCompleted || File.Exists($"{_runtime.Root}/c/state.json"), "the record of the container");
        _runtime.Await("running");
        using (var init = ContainerPS.Native.Linux.Pidfd.Open(_runtime.State().Pid))
        {
            init.SendSignal(ContainerPS.Native.Linux.Signal.Kill);
        }

        Assert.Equal(137, run.Result.Code);
    }

    [SkippableFact]
    public void Input_and_output_are_the_callers()
    {
        _runtime.Write(_runtime.Spec("cat"));
        Result result = _runtime.CallWithInput("hello", "run", "--bundle", _runtime.Bundle, "c");
        Assert.Equal("hello", result.Output);
    }

    [SkippableFact]
    public void An_id_that_is_taken_is_refused_and_the_container_stays()
    {
        _runtime.Create(_runtime.Spec("sleep", "100"));
        Result second = _runtime.Call("create", "--bundle", _runtime.Bundle, "c");
        Assert.Equal(1, second.Code);
        Assert.Contains("already exists", second.Error, StringComparison.Ordinal);
        Assert.Equal("created", _runtime.Status());
    }

    [SkippableFact]
    public void A_running_container_is_deleted_by_force_only()
    {
        _runtime.Create(_runtime.Spec("sleep", "100"));
        _runtime.Call("start", "c");
        Assert.Equal(1, _runtime.Call("delete", "c").Code);
        Assert.Equal("running", _runtime.Status());
        Assert.Equal(0, _runtime.Call("delete", "--force", "c").Code);
        Assert.Equal(0, _runtime.Call("delete", "--force", "c").Code);
    }

    [SkippableFact]
    public void A_container_is_started_once()
    {
        _runtime.Create(_runtime.Spec("sleep", "100"));
        Assert.Equal(0, _runtime.Call("start", "c").Code);
        Assert.Equal(1, _runtime.Call("start", "c").Code);
    }

    [SkippableFact]
    public void A_container_that_has_ended_takes_no_signal()
    {
        _runtime.Create(_runtime.Spec("true"));
        _runtime.Call("start", "c");
        _runtime.Await("stopped");
        Assert.Contains("not running", _runtime.Call("kill", "c", "KILL").Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void The_pid_file_holds_inits_pid()
    {
        _runtime.Write(_runtime.Spec("sleep", "100"));
        string path = $"{_runtime.Bundle}/pid";
        Assert.Equal(0, _runtime.Call("create", "--bundle", _runtime.Bundle, "--pid-file", path, "c").Code);
        Assert.Equal(_runtime.State().Pid, int.Parse(File.ReadAllText(path), System.Globalization.CultureInfo.InvariantCulture));
    }

    [SkippableTheory]
    [InlineData("nosuch", "not found")]
    [InlineData("/bin/nosuch", "no such file")]
    [InlineData("/etc/passwd", "permission denied")]
    public void A_command_that_cannot_run_fails_at_create_and_leaves_nothing(string command, string reason)
    {
        _runtime.Write(_runtime.Spec(command));
        Result result = _runtime.Call("create", "--bundle", _runtime.Bundle, "c");
        Assert.Equal(1, result.Code);
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists($"{_runtime.Root}/c"));
        Assert.Contains("\"level\":\"error\"", File.ReadAllText(_runtime.LogPath), StringComparison.Ordinal);
    }
}
