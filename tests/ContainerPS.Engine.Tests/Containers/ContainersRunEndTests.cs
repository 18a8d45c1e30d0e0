using System.Diagnostics;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Containers;

/// <summary>What a run leaves behind: nothing that the next start, or anybody else, would meet.</summary>
[Collection(KernelTests.Name)]
public sealed class ContainersRunEndTests : IDisposable
{
    private const long MiB = 1024 * 1024;

    private static readonly TimeSpan Long = Eventually.Bound;

    private readonly TestStore _store = new();

    private ContainerEngine Engine => _store.Engine;

    public void Dispose() => _store.Dispose();

    [SkippableFact]
    public void The_cgroup_of_a_run_is_gone_when_its_end_is_told()
    {
        TestStore.NeedsRoot();
        Container container = _store.Started(TestStore.Shell("exit 3"));

        Assert.Equal(3, Engine.Containers.Wait(container, Long).ExitCode);

        Assert.False(CgroupOf(container).Exists);
    }

    [SkippableFact]
    public void What_outlives_the_first_process_in_a_shared_pid_namespace_ends_with_the_run_and_the_next_start_succeeds()
    {
        TestStore.NeedsRoot();
        Container container = _store.Started(TestStore.Shell("setsid sleep 1000 & sleep 0.1; exit 4") with { PidMode = "host" });

        for (int run = 1; run <= 3; run++)
        {
            Assert.Equal(4, Engine.Containers.Wait(container, Long).ExitCode);
            Assert.False(CgroupOf(container).Exists);
            Engine.Containers.Start(container);
        }
    }

    [SkippableFact]
    public void A_second_start_has_the_limits_of_its_record_and_no_others()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(
            TestStore.Idle() with
            {
                Limits = new CgroupLimitRequest { MemoryMax = 64 * MiB, MemorySwap = 64 * MiB },
            }
        );
        var once = new CgroupLimitChange
        {
            Values = new CgroupLimitRequest { PidsMax = 7 },
            Persist = false,
        };
        Assert.Equal(7, Engine.Containers.SetLimit(container, once).PidsMax);
        Engine.Containers.Stop(container);

        Engine.Containers.SetLimit(
            container,
            new CgroupLimitChange
            {
                Values = new CgroupLimitRequest { MemoryMax = 128 * MiB, MemorySwap = 128 * MiB },
            }
        );
        Engine.Containers.Start(container);

        CgroupLimit limit = Engine.Containers.GetLimit(container);
        Assert.Equal((128 * MiB, null), (limit.MemoryMax, limit.PidsMax));
    }

    [SkippableFact]
    public void An_adopted_run_ends_as_any_other()
    {
        TestStore.NeedsRoot();
        string gate = Path.Combine(Path.GetTempPath(), "containerps-gate-" + Guid.NewGuid().ToString("N"));
        Container container = _store.Ready(
            TestStore.Shell("echo up; setsid sleep 1000 & until [ -e /gate/open ]; do sleep 0.05; done; exit 5") with
            {
                PidMode = "host",
                Mounts = [new Mount { Source = Directory.CreateDirectory(gate).FullName, Destination = "/gate" }],
            }
        );
        using (var monitor = Pidfd.Open(container.View.Current.MonitorPid))
        {
            monitor.SendSignal(Signal.Kill);
            Assert.True(monitor.WaitForExit(Long));
        }

        // It ends under its new monitor, whose work this is.
        Engine.Containers.Reconcile();
        Assert.Contains("adopted", File.ReadAllText(container.View.Paths.State), StringComparison.Ordinal);
        File.WriteAllText(gate + "/open", "");
        Engine.Containers.Wait(container, Long);
        Directory.Delete(gate, recursive: true);

        Assert.False(CgroupOf(container).Exists);
        StateRecord state = StateLog.Read(File.ReadAllBytes(container.View.Paths.State));
        Assert.Equal(("Exited", null), (state.Last.ToString(), state.CgroupLeft));
    }

    [SkippableFact]
    public void A_cgroup_that_the_monitor_could_not_remove_is_removed_by_the_next_process()
    {
        TestStore.NeedsRoot();
        Container container = _store.Started(TestStore.Shell("exit 3"));
        Engine.Containers.Wait(container, Long);
        ContainerPaths paths = container.View.Paths;
        string[] log = File.ReadAllLines(paths.State);
        string left = """{"event":"cleanup-failed","run":1,"step":"cgroup","code":-16,"at":1}""";
        File.WriteAllLines(paths.State, [.. log[..^1], left, log[^1]]);
        CgroupHost.Detect().Create(container.Cgroup.Path);

        _store.Another().Containers.Reconcile();

        Assert.False(CgroupOf(container).Exists);
        Assert.Equal(3, Engine.Containers.Get(container.Id).ExitCode);
    }

    [SkippableFact]
    public void An_on_exit_command_that_fails_says_why_and_ends_with_a_code()
    {
        TestStore.NeedsRoot();
        string? program = OnExitCommand.For("")?[0];
        Skip.If(program is null, "containerps was not built (SkipContainerPs).");
        Container container = _store.Ready(TestStore.Idle() with { Lifetime = ContainerLifetime.Session });
        Engine.Containers.Stop(container);
        ContainerPaths paths = container.View.Paths;
        Eventually.True(() => _store.Monitors().Count == 0, "the end of its monitor");

        // Its session is over, and something in it cannot be deleted.
        ContainerStore.WriteStart(
            paths,
            StartRecord.TryRead(paths.Start)! with
            {
                StarterPid = Environment.ProcessId,
                StarterStartTicks = 1,
            }
        );
        string busy = paths.Upper + "/busy";
        Directory.CreateDirectory(busy);
        Shell($"mount -t tmpfs none {busy}");
        string moved = paths.Trash + "/upper/busy";
        try
        {
            (int code, string error) = OnExit(program!, container.Id);

            Assert.Equal(1, code);
            Assert.StartsWith("containerps: ", error, StringComparison.Ordinal);
            Assert.Contains(container.Id, error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        }
        finally
        {
            Shell($"umount {(Directory.Exists(moved) ? moved : busy)}");
        }

        Engine.Containers.Reconcile();
    }

    private static Cgroup CgroupOf(Container container) => CgroupHost.Detect().Open(container.View.Record.CgroupPath);

    private static void Shell(string command)
    {
        using var shell = Process.Start("/bin/sh", ["-c", command]);
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
    }

    private (int Code, string Error) OnExit(string program, string id)
    {
        var start = new ProcessStartInfo(program, ["internal", "on-exit", id]) { RedirectStandardError = true };
        start.Environment["CONTAINERPS_ROOT"] = _store.Options.Root;
        start.Environment["CONTAINERPS_RUNROOT"] = _store.Options.RunRoot;
        start.Environment["CONTAINERPS_CGROUP_PARENT"] = _store.Options.CgroupParent;
        using Process process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }
}
