using ContainerPS.Native.Oci;

namespace ContainerPS.Runtime.Tests;

/// <summary>config.md "POSIX-platform Hooks": the order, the state on stdin, and what a failure stops.</summary>
public sealed class HookTests : IDisposable
{
    private readonly RuntimeFixture _runtime = new();

    public void Dispose() => _runtime.Dispose();

    private string Journal => $"{_runtime.Bundle}/journal";

    [SkippableFact]
    public void Hooks_run_in_order_with_the_state_on_their_input()
    {
        Spec spec = _runtime.Spec("sleep", "100");
        _runtime.Create(
            spec with
            {
                Hooks = new Hooks
                {
                    Prestart = [Hook("prestart")],
                    CreateRuntime = [Hook("createRuntime")],
                    CreateContainer = [Hook("createContainer")],
                    Poststart = [Hook("poststart")],
                    Poststop = [Hook("poststop")],
                },
            }
        );
        Assert.Equal(["prestart", "createRuntime", "createContainer"], Points());
        int pid = _runtime.State().Pid;
        _runtime.Call("start", "c");
        _runtime.Call("delete", "--force", "c");
        Assert.Equal(["prestart", "createRuntime", "createContainer", "poststart", "poststop"], Points());
        string[] states = File.ReadAllLines(Journal).Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]).ToArray();
        Assert.All(states, state => Assert.Contains("\"id\":\"c\"", state, StringComparison.Ordinal));
        Assert.Contains($"\"pid\":{pid},\"status\":\"creating\"", states[0], StringComparison.Ordinal);
        Assert.Contains("\"status\":\"stopped\"", states[4], StringComparison.Ordinal);
    }

    [SkippableFact]
    public void startContainer_runs_in_the_container_after_start()
    {
        Spec spec = _runtime.Spec("cat", "/tmp/hook");
        Result result = _runtime.Run(
            spec with
            {
                Hooks = new Hooks { StartContainer = [new Hook { Path = "/bin/sh", Args = ["sh", "-c", "pwd >/tmp/hook"] }] },
            }
        );
        Assert.Equal("/\n", result.Output);
    }

    /// <summary>More than a pipe holds: a writer would wait for a reader, and get EPIPE at the hook's end.</summary>
    [SkippableFact]
    public void A_hook_that_does_not_read_its_input_is_no_failure()
    {
        Spec spec = _runtime.Spec("true");
        Result result = _runtime.Run(
            spec with
            {
                Annotations = new Dictionary<string, string> { ["long"] = new('x', 256 * 1024) },
                Hooks = new Hooks
                {
                    CreateRuntime = [new Hook { Path = "/bin/true" }],
                    Poststart = [new Hook { Path = "/bin/true" }],
                    Poststop = [new Hook { Path = "/bin/true" }],
                },
            }
        );
        Assert.Equal(("", ""), (result.Output, result.Error));
    }

    [SkippableFact]
    public void A_hook_that_fails_stops_the_create()
    {
        _runtime.Write(
            _runtime.Spec("true") with
            {
                Hooks = new Hooks { CreateRuntime = [new Hook { Path = "/bin/sh", Args = ["sh", "-c", "exit 3"] }] },
            }
        );
        Result result = _runtime.Call("create", "--bundle", _runtime.Bundle, "c");
        Assert.Equal(1, result.Code);
        Assert.Contains("createRuntime hook /bin/sh", result.Error, StringComparison.Ordinal);
        Assert.Contains("exited with 3", result.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_hook_that_does_not_end_is_killed_after_its_time()
    {
        _runtime.Write(
            _runtime.Spec("true") with
            {
                Hooks = new Hooks
                {
                    Prestart =
                    [
                        new Hook
                        {
                            Path = "/bin/sleep",
                            Args = ["sleep", "100"],
                            Timeout = 1,
                        },
                    ],
                },
            }
        );
        Assert.Contains("did not end", _runtime.Call("create", "--bundle", _runtime.Bundle, "c").Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_hook_that_does_not_read_the_state_succeeds_however_large_it_is()
    {
        Spec spec = _runtime.Spec("sleep", "100");
        _runtime.Create(
            spec with
            {
                Annotations = new Dictionary<string, string> { ["large"] = new('x', 1 << 20) },
                Hooks = new Hooks
                {
                    Poststart =
                    [
                        new Hook { Path = "/bin/true" },
                        new Hook
                        {
                            Path = "/bin/sh",
                            Args = ["sh", "-c", "exec <&-"],
                            Timeout = 5,
                        },
                    ],
                    Poststop = [new Hook { Path = "/bin/true" }],
                },
            }
        );

        Assert.Equal(("", 0), Error(_runtime.Call("start", "c")));
        Assert.Equal(("", 0), Error(_runtime.Call("delete", "--force", "c")));
    }

    [SkippableFact]
    public void A_hook_of_start_that_does_not_end_is_killed_after_its_time_however_large_the_state()
    {
        Spec spec = _runtime.Spec("sleep", "100");
        _runtime.Create(
            spec with
            {
                Annotations = new Dictionary<string, string> { ["large"] = new('x', 1 << 20) },
                Hooks = new Hooks
                {
                    Poststart =
                    [
                        new Hook
                        {
                            Path = "/bin/sleep",
                            Args = ["sleep", "50"],
                            Timeout = 1,
                        },
                    ],
                },
            }
        );

        Result started = _runtime.Call("start", "c");

        Assert.Equal(0, started.Code);
        Assert.Contains("did not end within 1 seconds", File.ReadAllText(_runtime.LogPath), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void The_first_argument_of_a_hook_is_its_name()
    {
        Spec spec = _runtime.Spec("sleep", "100");
        // busybox is what its name says.
        _runtime.Create(
            spec with
            {
                Hooks = new Hooks { Poststart = [new Hook { Path = BusyBox.Path!, Args = ["sh", "-c", $"echo ran >{Journal}"] }] },
            }
        );
        Assert.Equal(0, _runtime.Call("start", "c").Code);
        Assert.Equal("ran\n", File.ReadAllText(Journal));
    }

    [SkippableFact]
    public void A_hook_of_start_that_fails_is_a_warning_with_its_reason()
    {
        Spec spec = _runtime.Spec("sleep", "100");
        _runtime.Create(
            spec with
            {
                Hooks = new Hooks
                {
                    Poststart =
                    [
                        new Hook { Path = "/bin/nosuch" },
                        new Hook { Path = "/bin/sh", Args = ["sh", "-c", "exit 3"] },
                        new Hook { Path = "/bin/sh", Args = ["sh", "-c", "kill -9 $$"] },
                    ],
                },
            }
        );

        Assert.Equal(0, _runtime.Call("start", "c").Code);

        string log = File.ReadAllText(_runtime.LogPath);
        Assert.Contains("/bin/nosuch failed: posix_spawn", log, StringComparison.Ordinal);
        Assert.Contains("it exited with 3", log, StringComparison.Ordinal);
        Assert.Contains("it was killed by SIGKILL", log, StringComparison.Ordinal);
    }

    private static (string, int) Error(Result result) => (result.Error, result.Code);

    private string[] Points() => [.. File.ReadAllLines(Journal).Select(line => line.Split(' ')[0])];

    private Hook Hook(string point) =>
        new()
        {
            Path = "/bin/sh",
            Args = ["sh", "-c", $"echo {point} $(cat) >>{Journal}"],
            Env = ["PATH=/bin:/usr/bin"],
        };
}
