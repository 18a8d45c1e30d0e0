using ContainerPS.Native.Cgroups;

namespace ContainerPS.Engine.Tests.Containers;

/// <summary>Limits through containers: requested, effective, changed while it runs, and exceeded.</summary>
[Collection(KernelTests.Name)]
public sealed class ContainersLimitTests : IDisposable
{
    private const long MiB = 1 << 20;

    private readonly TestStore _store = new();

    private ContainerEngine Engine => _store.Engine;

    public void Dispose() => _store.Dispose();

    [SkippableFact]
    public void What_was_asked_for_is_in_force()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(
            TestStore.Idle() with
            {
                Limits = new CgroupLimitRequest
                {
                    MemoryMax = 64 * MiB,
                    Cpus = 0.5m,
                    PidsMax = 50,
                    CpuWeight = 50,
                },
            }
        );

        CgroupLimit limit = Engine.Containers.GetLimit(container);

        Assert.Equal((64 * MiB, 0.5m, 50L, 50), (limit.MemoryMax, limit.Cpus, limit.PidsMax, limit.CpuWeight));
        Assert.Equal((64 * MiB, 0.5m), (limit.Requested.MemoryMax, limit.Requested.Cpus));
        CgroupLimitDetail detail = limit.Details[nameof(limit.MemoryMax)];
        Assert.Equal(("memory", true), (detail.Controller, detail.Supported));
        Assert.Equal("67108864", File.ReadAllText(detail.File!).Trim());
    }

    [SkippableFact]
    public void A_change_acts_at_once_and_holds_at_the_next_start()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(
            TestStore.Idle() with
            {
                Limits = new CgroupLimitRequest { MemoryMax = 64 * MiB, PidsMax = 50 },
            }
        );

        CgroupLimit changed = Engine.Containers.SetLimit(
            container,
            new CgroupLimitChange { Values = new CgroupLimitRequest { MemoryMax = 32 * MiB } }
        );
        Assert.Equal((32 * MiB, 50L), (changed.MemoryMax, changed.PidsMax));

        Engine.Containers.Stop(container);
        Engine.Containers.Start(container);
        Assert.Equal((32 * MiB, 50L), (Engine.Containers.GetLimit(container).MemoryMax, Engine.Containers.GetLimit(container).PidsMax));
        Assert.Equal(32 * MiB, _store.Another().Containers.Get(container.Id).Limits.MemoryMax);
    }

    [SkippableFact]
    public void A_limit_is_raised_above_what_it_was()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle() with { Limits = new CgroupLimitRequest { MemoryMax = 16 * MiB } });

        Assert.Equal(
            256 * MiB,
            Engine
                .Containers.SetLimit(container, new CgroupLimitChange { Values = new CgroupLimitRequest { MemoryMax = 256 * MiB } })
                .MemoryMax
        );
        Assert.Null(
            Engine.Containers.SetLimit(container, new CgroupLimitChange { Values = new CgroupLimitRequest { MemoryMax = -1 } }).MemoryMax
        );
    }

    [SkippableFact]
    public void A_change_for_now_only_is_gone_at_the_next_start()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle() with { Limits = new CgroupLimitRequest { PidsMax = 50 } });

        Assert.Equal(
            40,
            Engine
                .Containers.SetLimit(
                    container,
                    new CgroupLimitChange
                    {
                        Values = new CgroupLimitRequest { PidsMax = 40 },
                        Persist = false,
                    }
                )
                .PidsMax
        );
        Engine.Containers.Stop(container);
        Engine.Containers.Start(container);

        Assert.Equal(50, Engine.Containers.GetLimit(container).PidsMax);
    }

    [SkippableFact]
    public void A_preview_writes_nothing()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle() with { Limits = new CgroupLimitRequest { PidsMax = 50 } });

        LimitChangePreview preview = Assert.Single(
            Engine.Containers.PreviewLimit(container, new CgroupLimitChange { Values = new CgroupLimitRequest { PidsMax = 40 } })
        );

        Assert.Equal(("pids", "50", "40"), (preview.Controller, preview.OldValue, preview.NewValue));
        Assert.Equal(50, Engine.Containers.GetLimit(container).PidsMax);
    }

    [SkippableFact]
    public void A_container_that_does_not_run_has_no_effective_limits()
    {
        TestStore.NeedsRoot();
        Container container = Engine.Containers.Create(TestStore.Idle() with { Limits = new CgroupLimitRequest { PidsMax = 50 } });

        CgroupLimit limit = Engine.Containers.GetLimit(container);

        Assert.Null(limit.PidsMax);
        Assert.Equal("50", limit.Details[nameof(limit.PidsMax)].Requested);
    }

    [SkippableFact]
    public void Memory_above_the_limit_is_not_had()
    {
        TestStore.NeedsRoot();
        Container container = _store.Started(
            TestStore.Shell("tail /dev/zero; echo $?") with
            {
                Limits = new CgroupLimitRequest { MemoryMax = 16 * MiB },
            }
        );

        ExitStatus status = Engine.Containers.Wait(container, Eventually.Bound);

        Assert.True(status.OomKilled);
        Assert.Equal("137", Engine.Containers.ReadLog(container, new LogQuery { Stream = ContainerStream.Stdout }).Single().Message);
    }

    [SkippableFact]
    public void Tasks_above_the_limit_are_not_had()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(
            TestStore.Shell("echo ready; (for i in 1 2 3 4 5 6 7 8 9 10; do sleep 60 & done); exec sleep 60") with
            {
                Limits = new CgroupLimitRequest { PidsMax = 5 },
            }
        );

        Eventually.True(
            () => Engine.Containers.ReadLog(container, new LogQuery { Stream = ContainerStream.Stderr }).Any(),
            "a refused fork"
        );
        Assert.InRange(Engine.Containers.Measure(container).PidsCurrent!.Value, 1, 5);
    }

    [SkippableFact]
    public void More_processor_time_than_the_quota_is_not_had()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(
            TestStore.Shell("echo ready; while :; do :; done") with
            {
                Limits = new CgroupLimitRequest { Cpus = 0.03m },
            }
        );
        ContainerStats before = Engine.Containers.Measure(container);

        // A tick that comes late lets it run longer; the kernel takes that off the periods that follow.
        Eventually.Sees(
            () => Engine.Containers.Measure(container).Since(before),
            since => since.NrPeriods >= 10 && since.NrThrottled > 0 && since.CpuPercent <= 9,
            "at most three hundredths of a processor in ten periods, and throttling",
            since => $"{since.CpuPercent} % in {since.NrPeriods} periods, throttled {since.NrThrottled} times"
        );
    }

    [SkippableFact]
    public void A_limit_that_this_host_cannot_keep_is_refused_and_nothing_is_made()
    {
        TestStore.NeedsRoot();
        Skip.If(CgroupHost.Detect().Version == CgroupVersion.V2, "cgroup v2 has memory.high.");

        ContainerCgroupException refused = Assert.Throws<ContainerCgroupException>(() =>
            Engine.Containers.Create(TestStore.Idle() with { Limits = new CgroupLimitRequest { MemoryHigh = 16 * MiB } })
        );

        Assert.True(refused.ErrorId is ErrorIds.CgroupControllerUnavailable or ErrorIds.CgroupLimitRejected, refused.ErrorId);
        Assert.Empty(Engine.Containers.List());
    }

    [SkippableFact]
    public void Statistics_tell_what_was_used()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(TestStore.Idle() with { Limits = new CgroupLimitRequest { MemoryMax = 64 * MiB } });

        ContainerStats stats = Engine.Containers.Measure(container);

        Assert.True(stats.CpuUsage > TimeSpan.Zero);
        Assert.InRange(stats.MemoryCurrent!.Value, 1, 64 * MiB);
        Assert.InRange(stats.PidsCurrent!.Value, 1, 10);
        Assert.Equal(64 * MiB, stats.MemoryMax);
        Assert.Equal("lo", Assert.Single(stats.Network).Interface);
    }
}
