using ContainerPS.Native.Cgroups;

namespace ContainerPS.Engine.Tests.Containers;

[Collection(KernelTests.Name)]
public sealed class ContainersExecTests : IDisposable
{
    private readonly TestStore _store = new();

    private ContainerEngine Engine => _store.Engine;

    public void Dispose() => _store.Dispose();

    [SkippableFact]
    public void A_command_runs_in_the_container_and_tells_its_output_and_code()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle() with { Hostname = "inside" });

        ExecResult result = Exec(container, "hostname; echo problem >&2; exit 4");

        Assert.Equal((4, "inside", "problem"), (result.ExitCode, Assert.Single(result.Stdout), Assert.Single(result.Stderr)));
    }

    [SkippableFact]
    public void It_sees_the_containers_files_and_processes()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle());
        Exec(container, "echo seen > /made-inside");

        ExecResult result = Exec(container, "cat /made-inside; cat /proc/1/cmdline | tr '\\0' ' '; echo");

        Assert.Equal("seen", result.Stdout[0]);
        Assert.StartsWith("/bin/sh -c", result.Stdout[1], StringComparison.Ordinal);
    }

    [SkippableFact]
    public void It_reads_what_is_written_to_it()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle());
        using ContainerExec exec = Engine.Containers.Exec(container, new ExecDefinition { Command = ["cat"], OpenStdin = true });
        exec.Stdin!.Write("over\n"u8);
        exec.Stdin.Dispose();

        Assert.Equal(["over"], exec.Wait().Stdout);
    }

    [SkippableFact]
    public void Environment_directory_and_user_are_its_own()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(
            TestStore.Idle() with
            {
                Env = new Dictionary<string, string?> { ["A"] = "1", ["B"] = "2" },
            }
        );
        using ContainerExec exec = Engine.Containers.Exec(
            container,
            new ExecDefinition
            {
                Command = ["/bin/sh", "-c", "echo $A $B; pwd; id -u"],
                Env = new Dictionary<string, string?> { ["B"] = "3" },
                WorkingDir = "/usr",
                User = "65534",
            }
        );

        Assert.Equal(["1 3", "/usr", "65534"], exec.Wait().Stdout);
    }

    [SkippableTheory]
    [InlineData("/does/not/exist", 127)]
    [InlineData("/etc/passwd", 126)]
    public void A_command_that_cannot_be_executed_is_told(string command, int code)
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle());

        ContainerStartException failure = Assert.Throws<ContainerStartException>(() =>
            Engine.Containers.Exec(container, new ExecDefinition { Command = [command] })
        );

        Assert.Equal(code, failure.ExitCode);
        Assert.Equal(ContainerState.Running, container.State);
    }

    [SkippableFact]
    public void A_failure_names_the_command_and_not_the_container_as_what_cannot_be_started()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle());

        ContainerStartException failure = Assert.Throws<ContainerStartException>(() =>
            Engine.Containers.Exec(container, new ExecDefinition { Command = ["true"], WorkingDir = "/does/not/exist" })
        );

        Assert.StartsWith($"The command 'true' in the container '{container.Name}' cannot be started", failure.Message);
    }

    [SkippableFact]
    public void A_daemon_that_it_leaves_behind_does_not_keep_it_waiting()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle());

        Assert.Equal(["started"], Exec(container, "sleep 1000 & echo started").Stdout);
        Cgroup group = CgroupHost.Detect().Open(container.Cgroup.Path);
        Eventually.True(() => group.Processes().Any(IsDaemon), "the daemon at work after the end of the command");

        static bool IsDaemon(int pid)
        {
            try
            {
                return File.ReadAllText($"/proc/{pid}/cmdline") == "sleep\01000\0";
            }
            catch (IOException)
            {
                // One of the others, which has ended since it was listed.
                return false;
            }
        }
    }

    [SkippableFact]
    public void A_command_that_is_given_up_is_killed()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle());
        ContainerExec exec = Engine.Containers.Exec(container, new ExecDefinition { Command = ["sleep", "1000"] });
        exec.Dispose();

        Eventually.True(() => !Directory.Exists($"/proc/{exec.Pid}"), "the end of the process");
    }

    [SkippableFact]
    public void Only_a_running_container_takes_one()
    {
        TestStore.NeedsRoot();
        Container container = Engine.Containers.Create(TestStore.Idle());
        Assert.Equal(ErrorIds.ContainerNotRunning, Assert.Throws<ContainerStateException>(() => Exec(container, "true")).ErrorId);

        Engine.Containers.Start(container);
        Engine.Containers.Pause(container);
        Assert.Equal(ErrorIds.ContainerPaused, Assert.Throws<ContainerStateException>(() => Exec(container, "true")).ErrorId);
        Engine.Containers.Resume(container);
    }

    // Looked up by name: in the name of a test a NUL would make what is written of it no text any more.
    private static readonly Dictionary<string, ExecDefinition> Wrong = new()
    {
        {
            "no command",
            new() { Command = [] }
        },
        {
            "NUL in the command",
            new() { Command = ["a\0b"] }
        },
        {
            "equals sign in a variable",
            new()
            {
                Command = ["true"],
                Env = new Dictionary<string, string?> { ["A=B"] = "c" },
            }
        },
        {
            "NUL in the value of a variable",
            new()
            {
                Command = ["true"],
                Env = new Dictionary<string, string?> { ["A"] = "b\0c" },
            }
        },
        {
            "relative working directory",
            new() { Command = ["true"], WorkingDir = "tmp" }
        },
        {
            "NUL in the working directory",
            new() { Command = ["true"], WorkingDir = "/a\0b" }
        },
        {
            "user without name",
            new() { Command = ["true"], User = ":1" }
        },
    };

    public static TheoryData<string> Wrongs => [.. Wrong.Keys];

    [SkippableTheory]
    [MemberData(nameof(Wrongs))]
    public void What_no_program_can_be_given_is_refused_and_the_container_goes_on(string what)
    {
        TestStore.NeedsRoot();
        Container container = _store.Started(TestStore.Idle());
        EngineException refused = Assert.ThrowsAny<EngineException>(() => Engine.Containers.Exec(container, Wrong[what]));
        Assert.True(refused.ErrorId == ErrorIds.ArgumentInvalid, $"{what}: {refused.ErrorId}");
        Assert.Equal(ContainerState.Running, container.State);
    }

    private ExecResult Exec(Container container, string script)
    {
        using ContainerExec exec = Engine.Containers.Exec(container, new ExecDefinition { Command = ["/bin/sh", "-c", script] });
        return exec.Wait();
    }
}
