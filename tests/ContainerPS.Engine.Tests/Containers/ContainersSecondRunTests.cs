using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Containers;

/// <summary>
/// What happens after the first run: a second start, a failed start, limits and processes that one run must not hand to the next.
/// </summary>
[Collection(KernelTests.Name)]
public sealed class ContainersSecondRunTests : IDisposable
{
    private readonly TestStore _store = new();

    private ContainerEngine Engine => _store.Engine;

    public void Dispose() => _store.Dispose();

    [SkippableFact]
    public void A_start_that_fails_keeps_the_end_of_the_run_before()
    {
        TestStore.NeedsRoot();
        Container container = _store.Started(TestStore.Shell("exit 3"));
        Engine.Containers.Wait(container, Eventually.Bound);
        string lower = container.RootFs.UpperDir!;

        Files.Rename(lower, lower + ".away");
        EngineException failure = Assert.ThrowsAny<EngineException>(() => Engine.Containers.Start(container));
        Files.Rename(lower + ".away", lower);

        Assert.Equal(ContainerState.Exited, container.State);
        Assert.Equal(3, container.ExitCode);
        Assert.Equal(failure.Message, container.Error);
        Engine.Containers.Start(container);
        Assert.Equal(3, Engine.Containers.Wait(container, Eventually.Bound).ExitCode);
        Assert.Null(container.Error);
    }

    [SkippableFact]
    public void A_first_start_that_fails_leaves_no_run_and_no_cgroup()
    {
        TestStore.NeedsRoot();
        string profile = Path.GetTempFileName();
        try
        {
            File.WriteAllText(
                profile,
                """{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_NONSENSE"}]}"""
            );
            Container container = Engine.Containers.Create(TestStore.Shell("true") with { Seccomp = profile });

            EngineException failure = Assert.ThrowsAny<EngineException>(() => Engine.Containers.Start(container));

            Assert.Equal(ContainerState.Created, container.State);
            Assert.Equal(failure.Message, container.Error);
            Assert.False(Cgroup(container).Exists);
        }
        finally
        {
            File.Delete(profile);
        }
    }

    [SkippableFact]
    public void Limits_can_be_raised_between_two_runs()
    {
        TestStore.NeedsRoot();
        const long MiB = 1024 * 1024;
        // With swap in both: in an old cgroup no order of writing is right for cgroup v1.
        var lower = new CgroupLimitRequest { MemoryMax = 64 * MiB, MemorySwap = 64 * MiB };
        var higher = new CgroupLimitRequest { MemoryMax = 128 * MiB, MemorySwap = 128 * MiB };
        Container container = _store.Started(TestStore.Shell("true") with { Limits = lower });
        Engine.Containers.Wait(container, Eventually.Bound);

        Engine.Containers.SetLimit(container, new CgroupLimitChange { Values = higher });
        Engine.Containers.Start(container);

        Assert.Equal(0, Engine.Containers.Wait(container, Eventually.Bound).ExitCode);
    }

    [SkippableFact]
    public void A_limit_that_was_not_persisted_ends_with_its_run()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle());
        Engine.Containers.SetLimit(
            container,
            new CgroupLimitChange
            {
                Values = new CgroupLimitRequest { PidsMax = 7 },
                Persist = false,
            }
        );
        Assert.Equal(7, Engine.Containers.GetLimit(container).PidsMax);

        Engine.Containers.Stop(container, Eventually.Bound);
        Engine.Containers.Start(container);

        Assert.Null(Engine.Containers.GetLimit(container).PidsMax);
    }

    [SkippableFact]
    public void With_the_hosts_pids_nothing_of_a_run_outlives_it()
    {
        TestStore.NeedsRoot();
        Container container = _store.Started(TestStore.Shell("sleep 1000 & echo $!; exit 0") with { PidMode = "host" });
        Engine.Containers.Wait(container, Eventually.Bound);
        string pid = Engine.Containers.ReadLog(container).Single().Message;

        Eventually.True(
            () => !File.Exists($"/proc/{pid}/stat") || ProcessIdentity.Of(int.Parse(pid)) is null,
            "the end of what the run left"
        );
        Engine.Containers.Start(container);
        Assert.Equal(0, Engine.Containers.Wait(container, Eventually.Bound).ExitCode);
    }

    [SkippableFact]
    public void A_container_that_was_frozen_behind_the_log_can_be_stopped_and_executed_in_is_refused()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle());
        // As a pause leaves it that was killed before it was recorded.
        Cgroup(container).Freeze(Eventually.Bound);

        ContainerStateException refusal = Assert.Throws<ContainerStateException>(() =>
            Engine.Containers.Exec(container, new ExecDefinition { Command = ["true"] })
        );
        Assert.Equal(ErrorIds.ContainerPaused, refusal.ErrorId);
        Engine.Containers.Stop(container, Eventually.Bound);

        Assert.Equal(0, container.ExitCode);
    }

    [SkippableFact]
    public void A_container_that_was_frozen_behind_the_log_can_be_removed_by_force()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle());
        Cgroup(container).Freeze(Eventually.Bound);

        Engine.Containers.Remove(container, force: true);

        Assert.Equal(ContainerState.Removed, container.State);
        Assert.Equal(137, container.ExitCode);
    }

    [SkippableFact]
    public void A_bundle_without_a_pid_namespace_is_removed_with_its_processes()
    {
        TestStore.NeedsRoot();
        DirectoryInfo bundle = Directory.CreateTempSubdirectory("containerps-test-");
        try
        {
            File.WriteAllText(
                bundle.FullName + "/config.json",
                """
                {"ociVersion":"1.2.0","root":{"path":"/"},"process":{"args":["/bin/sh","-c","sleep 1000 & echo $!; exec sleep 1000"],
                 "cwd":"/","env":["PATH=/usr/bin:/bin"],"user":{"uid":0,"gid":0}},
                 "linux":{"namespaces":[{"type":"mount"},{"type":"ipc"},{"type":"network"}]}}
                """
            );
            Container container = _store.Ready(new ContainerDefinition { OciSpecPath = bundle.FullName });
            string other = Engine.Containers.ReadLog(container).First().Message;

            Assert.True(container.Namespaces.Single(ns => ns.Type == "pid").IsHost);
            Assert.False(container.Namespaces.Single(ns => ns.Type == "network").IsHost);
            Engine.Containers.Remove(container, force: true);

            Eventually.True(() => ProcessIdentity.Of(int.Parse(other)) is null, "the end of the bundle's second process");
        }
        finally
        {
            bundle.Delete(recursive: true);
        }
    }

    private static Cgroup Cgroup(Container container) => CgroupHost.Detect().Open(container.Cgroup.Path);
}
