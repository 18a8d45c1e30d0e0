using System.Diagnostics;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Containers;

[Collection(KernelTests.Name)]
public sealed class ContainersLifeCycleTests : IDisposable
{
    private readonly TestStore _store = new();

    private ContainerEngine Engine => _store.Engine;

    public void Dispose() => _store.Dispose();

    [SkippableFact]
    public void A_run_tells_output_and_exit_code_and_leaves_nothing()
    {
        TestStore.NeedsRoot();
        ExecResult result = Run("echo out; echo err >&2; exit 7");

        Assert.Equal((7, "out", "err"), (result.ExitCode, Assert.Single(result.Stdout), Assert.Single(result.Stderr)));
        Assert.Empty(Engine.Containers.List());
    }

    [SkippableFact]
    public void A_run_reads_what_is_written_to_it()
    {
        TestStore.NeedsRoot();
        using ContainerRun run = Engine.Containers.Run(TestStore.Shell("cat"), new RunOptions { OpenStdin = true });
        run.Stdin!.Write("hello\n"u8);
        run.Stdin.Dispose();

        Assert.Equal(["hello"], run.Wait().Stdout);
    }

    [SkippableFact]
    public void Output_that_is_larger_than_every_buffer_arrives_whole()
    {
        TestStore.NeedsRoot();
        IReadOnlyList<string> lines = Run("i=0; while [ $i -lt 20000 ]; do echo \"line $i of many\"; i=$((i+1)); done").Stdout;

        Assert.Equal(Enumerable.Range(0, 20000).Select(n => $"line {n} of many"), lines);
    }

    [SkippableFact]
    public void What_is_written_in_a_container_does_not_reach_the_host()
    {
        TestStore.NeedsRoot();
        string file = $"/containerps-{Path.GetRandomFileName()}";

        Assert.Equal(["x"], Run($"echo x > {file}; cat {file}").Stdout);
        Assert.False(File.Exists(file));
    }

    [SkippableFact]
    public void States_follow_each_other_and_a_handle_sees_them()
    {
        TestStore.NeedsRoot();
        Container container = Engine.Containers.Create(TestStore.Idle("web"));
        Assert.Equal((ContainerState.Created, null, null), (container.State, container.Pid, container.ExitCode));

        Engine.Containers.Start(container);
        Eventually.True(() => Engine.Containers.ReadLog(container).Any(), "its first output");
        Assert.Equal(ContainerState.Running, container.State);
        Assert.True(Directory.Exists($"/proc/{container.Pid}"));

        Engine.Containers.Pause(container);
        Assert.Equal(ContainerState.Paused, container.State);
        Engine.Containers.Resume(container);
        Assert.Equal(ContainerState.Running, container.State);

        Engine.Containers.Stop(container, Eventually.Bound);
        Assert.Equal((ContainerState.Exited, 0, null), (container.State, container.ExitCode, container.Pid));

        Engine.Containers.Start(container);
        Assert.Equal((ContainerState.Running, null), (container.State, container.ExitCode));

        Engine.Containers.Remove(container, force: true);
        Assert.Equal((ContainerState.Removed, 137), (container.State, container.ExitCode));
    }

    [SkippableFact]
    public void A_snapshot_stays_as_it_was()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle());
        Container snapshot = container.ToSnapshot();
        Engine.Containers.Stop(container);

        Assert.Equal((ContainerState.Running, ContainerState.Exited), (snapshot.State, container.State));
        Assert.Equal(container, snapshot);
    }

    [SkippableFact]
    public void A_container_that_ignores_its_stop_signal_is_killed_after_the_timeout()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Shell("trap '' TERM; echo ready; while :; do sleep 0.05; done"));
        var clock = System.Diagnostics.Stopwatch.StartNew();

        Engine.Containers.Stop(container, TimeSpan.FromSeconds(0.3));

        Assert.InRange(clock.Elapsed.TotalSeconds, 0.3, 30);
        Assert.Equal((137, Signal.Kill), (container.ExitCode, container.ExitSignal));
    }

    [SkippableFact]
    public void The_stop_signal_of_the_definition_is_sent()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(
            TestStore.Shell("trap 'exit 42' USR1; echo ready; while :; do sleep 0.05; done") with
            {
                StopSignal = Signal.Usr1,
            }
        );
        Engine.Containers.Stop(container);

        Assert.Equal(42, container.ExitCode);
    }

    [SkippableFact]
    public void A_paused_container_is_stopped_all_the_same()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle());
        Engine.Containers.Pause(container);
        Engine.Containers.Stop(container, Eventually.Bound);

        Assert.Equal(0, container.ExitCode);
    }

    [SkippableFact]
    public void A_paused_container_is_killed_at_once()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle());
        Engine.Containers.Pause(container);
        Engine.Containers.Kill(container);

        Assert.Equal(137, Engine.Containers.Wait(container, Eventually.Bound).ExitCode);
    }

    [SkippableFact]
    public void Wait_tells_the_code_of_one_that_ended_before_and_of_one_that_is_gone()
    {
        TestStore.NeedsRoot();
        Container kept = _store.Started(TestStore.Shell("exit 3"));
        Assert.Equal(3, Engine.Containers.Wait(kept, Eventually.Bound).ExitCode);
        Assert.Equal(3, _store.Another().Containers.Wait(_store.Another().Containers.Get(kept.Id)).ExitCode);

        Engine.Containers.Remove(kept);
        Assert.Equal(3, Engine.Containers.Wait(kept).ExitCode);
    }

    [SkippableFact]
    public void Waiting_for_what_was_never_started_is_refused()
    {
        TestStore.NeedsRoot();
        Container container = Engine.Containers.Create(TestStore.Idle());

        Assert.Equal(ErrorIds.ContainerNotRunning, Assert.Throws<ContainerStateException>(() => Engine.Containers.Wait(container)).ErrorId);
    }

    [SkippableFact]
    public void A_wait_ends_with_its_timeout()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle());

        Assert.Equal(
            ErrorIds.WaitTimeout,
            Assert.Throws<ContainerTimeoutException>(() => Engine.Containers.Wait(container, TimeSpan.FromMilliseconds(50))).ErrorId
        );
    }

    [SkippableFact]
    public void A_second_start_runs_again_on_what_the_first_wrote()
    {
        TestStore.NeedsRoot();
        Container container = _store.Started(TestStore.Shell("echo x >> /count; exit $(wc -l < /count)"));
        Assert.Equal(1, Engine.Containers.Wait(container, Eventually.Bound).ExitCode);
        Engine.Containers.Start(container);
        Assert.Equal(2, Engine.Containers.Wait(container, Eventually.Bound).ExitCode);
    }

    [SkippableFact]
    public void A_running_container_is_removed_only_by_force()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle());

        Assert.Equal(
            ErrorIds.InvalidStateTransition,
            Assert.Throws<ContainerStateException>(() => Engine.Containers.Remove(container)).ErrorId
        );
        Assert.Equal(ContainerState.Running, container.State);
    }

    [SkippableTheory]
    [InlineData("/does/not/exist", 127, ErrorIds.CommandNotFound)]
    [InlineData("no-such-command", 127, ErrorIds.CommandNotFound)]
    [InlineData("/etc/passwd", 126, ErrorIds.CommandNotExecutable)]
    [InlineData("/etc", 126, ErrorIds.CommandNotExecutable)]
    public void A_command_that_cannot_be_executed_is_told_and_leaves_nothing(string command, int code, string id)
    {
        TestStore.NeedsRoot();
        ContainerStartException failure = Assert.Throws<ContainerStartException>(() =>
            Engine.Containers.Run(new ContainerDefinition { RootFs = "/", Command = [command] })
        );

        Assert.Equal((id, code), (failure.ErrorId, failure.ExitCode));
        Assert.Empty(failure.UndoFailures);
        Assert.Empty(Engine.Containers.List());
    }

    [SkippableFact]
    public void A_failed_start_leaves_the_container_created_with_the_reason()
    {
        TestStore.NeedsRoot();
        Container container = Engine.Containers.Create(new ContainerDefinition { RootFs = "/", Command = ["/does/not/exist"] });

        Assert.Throws<ContainerStartException>(() => Engine.Containers.Start(container));

        Assert.Equal(ContainerState.Created, container.State);
        Assert.Contains("/does/not/exist", container.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_start_whose_root_cannot_be_made_says_which_part_of_it_and_leaves_nothing()
    {
        TestStore.NeedsRoot();
        Container container = Engine.Containers.Create(TestStore.Idle());
        Directory.Move(container.BundlePath + "/work", container.BundlePath + "/away");

        ContainerStartException failure = Assert.Throws<ContainerStartException>(() => Engine.Containers.Start(container));

        Assert.Contains("overlay", failure.Message, StringComparison.Ordinal);
        Assert.Equal(ContainerState.Created, container.State);
        Assert.Empty(
            Directory.EnumerateDirectories(
                "/sys/fs/cgroup",
                container.Id,
                new EnumerationOptions
                {
                    RecurseSubdirectories = true,
                    IgnoreInaccessible = true,
                    MaxRecursionDepth = 3,
                }
            )
        );

        // What is missing of the writable layer was made again.
        Engine.Containers.Start(container);
        Assert.Equal(ContainerState.Running, container.State);
    }

    [SkippableTheory]
    [InlineData("config.json")]
    [InlineData("start")]
    public void A_start_whose_documents_cannot_be_written_fails_and_leaves_nothing(string document)
    {
        TestStore.NeedsRoot();
        Container container = Engine.Containers.Create(TestStore.Idle());
        DirectoryInfo inTheWay = Directory.CreateDirectory($"{container.BundlePath}/{document}/taken");

        Assert.Contains(
            document,
            Assert.Throws<ContainerStartException>(() => Engine.Containers.Start(container)).Message,
            StringComparison.Ordinal
        );

        Assert.Equal(ContainerState.Created, container.State);
        // Where the start itself cannot be recorded its failure cannot be either.
        Assert.Equal(document == "start", container.Error is null);
        Assert.Empty(
            Directory.EnumerateDirectories(
                "/sys/fs/cgroup",
                container.Id,
                new EnumerationOptions
                {
                    RecurseSubdirectories = true,
                    IgnoreInaccessible = true,
                    MaxRecursionDepth = 3,
                }
            )
        );
        inTheWay.Parent!.Delete(recursive: true);
        Engine.Containers.Start(container);
        Assert.Equal(ContainerState.Running, container.State);
        Assert.True(File.Exists(container.BundlePath + "/config.json"));
    }

    [SkippableFact]
    public void An_OOM_kill_before_exec_is_told_as_such_and_leaves_nothing()
    {
        TestStore.NeedsRoot();
        ContainerDefinition definition = TestStore.Shell("true") with { Limits = new CgroupLimitRequest { MemoryMax = 16 * 4096 } };

        ContainerExitException failure = Assert.Throws<ContainerExitException>(() => Engine.Containers.Run(definition));

        Assert.Equal((ErrorIds.ContainerOomKilled, 137), (failure.ErrorId, failure.ExitCode));
        Assert.Empty(Engine.Containers.List());
    }

    [SkippableFact]
    public void An_OOM_kill_while_it_runs_is_seen()
    {
        TestStore.NeedsRoot();
        ExecResult result = Engine
            .Containers.Run(TestStore.Shell("exec tail /dev/zero") with { Limits = new CgroupLimitRequest { MemoryMax = 16 << 20 } })
            .Wait();

        Assert.Equal((137, true), (result.ExitCode, result.OomKilled));
    }

    [SkippableFact]
    public void An_abandoned_run_is_killed_and_removed()
    {
        TestStore.NeedsRoot();
        int pid;
        using (ContainerRun run = Engine.Containers.Run(TestStore.Shell("while :; do echo again; done")))
        {
            pid = run.Pid;
        }

        Assert.Empty(Engine.Containers.List());
        Eventually.True(() => !Directory.Exists($"/proc/{pid}"), "the end of the process");
    }

    [SkippableFact]
    public void A_kept_run_stays_with_its_log()
    {
        TestStore.NeedsRoot();
        Engine.Containers.Run(TestStore.Shell("echo kept") with { Name = "kept" }, new RunOptions { Keep = true }).Wait();

        Container container = Engine.Containers.Get("kept");
        Assert.Equal((ContainerState.Exited, 0), (container.State, container.ExitCode));
        Assert.Equal("kept", Assert.Single(Engine.Containers.ReadLog(container)).Message);
    }

    [SkippableFact]
    public void A_log_is_followed_until_the_end()
    {
        TestStore.NeedsRoot();
        Container container = _store.Started(TestStore.Shell("for i in 1 2 3 4 5; do echo line $i; sleep 0.05; done"));

        Assert.Equal(5, Engine.Containers.ReadLog(container, new LogQuery { Follow = true }).Count());
        Assert.Equal(
            ["line 4", "line 5"],
            Engine.Containers.ReadLog(container, new LogQuery { Tail = 2 }).Select(record => record.Message)
        );
    }

    [SkippableFact]
    public async Task A_log_is_followed_past_the_end_of_the_monitor()
    {
        TestStore.NeedsRoot();
        Container container = _store.Started(TestStore.Shell("for i in 1 2 3 4 5 6 7 8 9; do echo line $i; sleep 0.05; done"));
        var seen = new List<string>();

        await foreach (ContainerLogRecord record in Engine.Containers.ReadLogAsync(container, new LogQuery { Follow = true }))
        {
            seen.Add(record.Message);
            if (seen.Count == 2)
            {
                ProcessIdentity monitor = container.View.Current.Monitor;
                Process.GetProcessById(monitor.Pid).Kill();
            }
        }

        Assert.Equal(Enumerable.Range(1, 9).Select(i => $"line {i}"), seen);
    }

    private ExecResult Run(string script)
    {
        using ContainerRun run = Engine.Containers.Run(TestStore.Shell(script));
        return run.Wait();
    }
}
