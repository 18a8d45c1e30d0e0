using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Tests.Cgroups;

/// <summary>
/// What the v2 twin writes and reads, on a tree of plain files; what the kernel makes of it, the limit tests see on a v2 host.
/// </summary>
public sealed class V2SettingTests
{
    private const long MiB = 1 << 20;

    [Fact]
    public void Values_of_v1_are_converted()
    {
        using FakeTree tree = new();

        tree.Group.Apply(
            new()
            {
                Cpu = new()
                {
                    Shares = 512,
                    Quota = 50_000,
                    Period = 200_000,
                    Burst = 10_000,
                    Cpus = "0",
                    Mems = "0",
                },
                Memory = new()
                {
                    Limit = 64 * MiB,
                    Swap = 96 * MiB,
                    Reservation = 32 * MiB,
                },
                Pids = new() { Limit = 50 },
                HugepageLimits = PageSizes.All.Contains("2MB") ? [new() { PageSize = "2MB", Limit = 2 * (ulong)MiB }] : null,
            }
        );

        Assert.Equal(("59", "50000 200000", "10000"), (tree["cpu.weight"], tree["cpu.max"], tree["cpu.max.burst"]));
        Assert.Equal(("0", "0"), (tree["cpuset.cpus"], tree["cpuset.mems"]));
        Assert.Equal(("67108864", "33554432", "33554432"), (tree["memory.max"], tree["memory.swap.max"], tree["memory.low"]));
        Assert.Equal("50", tree["pids.max"]);
        Assert.Equal(PageSizes.All.Contains("2MB") ? "2097152" : "max", tree["hugetlb.2MB.rsvd.max"]);
    }

    [Fact]
    public void What_is_not_asked_for_stays()
    {
        using FakeTree tree = new();
        tree["cpu.max"] = "30000 150000";
        tree["memory.max"] = "67108864";

        tree.Group.Apply(
            new()
            {
                Cpu = new() { Quota = 60_000 },
                Memory = new() { Swap = 100 * MiB },
            }
        );

        Assert.Equal(("60000 150000", "67108864", "37748736"), (tree["cpu.max"], tree["memory.max"], tree["memory.swap.max"]));

        tree.Group.Apply(
            new()
            {
                Cpu = new() { Quota = -1 },
                Memory = new() { Limit = -1, Swap = -1 },
                Pids = new() { Limit = -1 },
            }
        );

        Assert.Equal(("max 150000", "max", "max", "max"), (tree["cpu.max"], tree["memory.max"], tree["memory.swap.max"], tree["pids.max"]));
    }

    [Fact]
    public void Io_weight_goes_where_this_kernel_has_it()
    {
        using FakeTree cost = new(),
            both = new(),
            bfq = new("io.weight");
        both["io.bfq.weight"] = bfq["io.bfq.weight"] = "default 100";
        foreach (FakeTree tree in (FakeTree[])[cost, both, bfq])
        {
            tree.Group.Apply(new() { BlockIO = new() { Weight = 500 } });
        }

        Assert.Equal("default 4950", cost["io.weight"]);
        Assert.Equal(("default 500", "default 4950"), (both["io.bfq.weight"], both["io.weight"]));
        Assert.Equal("default 500", bfq["io.bfq.weight"]);
    }

    [Fact]
    public void Throttles_are_parts_of_a_line_and_keep_the_others()
    {
        using FakeTree tree = new();
        tree["io.max"] = "8:0 rbps=max wbps=5 riops=max wiops=max";

        IReadOnlyList<CgroupSetting> plan = tree.Group.Plan(
            new()
            {
                BlockIO = new()
                {
                    ThrottleReadBpsDevice = [new() { Major = 8, Rate = 1000 }],
                    ThrottleWriteBpsDevice = [new() { Major = 8, Rate = 0 }],
                },
            }
        );

        Assert.Equal(
            [("8:0 rbps=max", "8:0 rbps=1000"), ("8:0 wbps=5", "8:0 wbps=max")],
            plan.Select(setting => (setting.OldValue!, setting.Value))
        );
    }

    [Fact]
    public void Any_v2_file_can_be_written_by_its_name()
    {
        using FakeTree tree = new();

        tree.Group.Apply(
            new()
            {
                Unified = new Dictionary<string, string>
                {
                    ["memory.high"] = "33554432",
                    ["memory.oom.group"] = "1",
                    ["cpu.uclamp.max"] = "50.00",
                },
            }
        );

        Assert.Equal(("33554432", "1", "50.00"), (tree["memory.high"], tree["memory.oom.group"], tree["cpu.uclamp.max"]));
        CgroupEffective effective = tree.Group.ReadEffective(["memory.high"]);
        Assert.Equal("33554432", effective.Values["Unified:memory.high"].Text);
        Assert.Equal((32 * MiB, true, "50.00"), (effective.MemoryHigh, effective.MemoryOomGroup, effective.CpuUclampMax));
    }

    [Theory]
    [InlineData("cgroup.procs")]
    [InlineData("cgroup.subtree_control")]
    [InlineData("../memory.max")]
    [InlineData("memory")]
    [InlineData(".hidden")]
    public void Names_that_are_no_limits_are_refused(string file)
    {
        using FakeTree tree = new();

        CgroupException failure = Assert.Throws<CgroupException>(() =>
            tree.Group.Apply(new() { Unified = new Dictionary<string, string> { [file] = "1" } })
        );

        Assert.Equal(CgroupErrorKind.InvalidValue, failure.Kind);
    }

    [Fact]
    public void An_idle_group_is_left_before_a_weight_is_given()
    {
        using FakeTree tree = new();

        Assert.Equal(
            ["cpu.idle", "cpu.weight"],
            Names(
                tree,
                new()
                {
                    Cpu = new() { Idle = 0, Shares = 1024 },
                }
            )
        );
        Assert.Equal(
            ["cpu.weight", "cpu.idle"],
            Names(
                tree,
                new()
                {
                    Cpu = new() { Idle = 1, Shares = 1024 },
                }
            )
        );
    }

    [Fact]
    public void A_shrinking_burst_is_written_before_the_quota()
    {
        using FakeTree tree = new();
        tree["cpu.max.burst"] = "50000";

        Assert.Equal(
            ["cpu.max.burst", "cpu.max"],
            Names(
                tree,
                new()
                {
                    Cpu = new() { Quota = 20_000, Burst = 10_000 },
                }
            )
        );
        Assert.Equal(
            ["cpu.max", "cpu.max.burst"],
            Names(
                tree,
                new()
                {
                    Cpu = new() { Quota = 90_000, Burst = 80_000 },
                }
            )
        );
    }

    [Fact]
    public void A_failed_change_is_taken_back()
    {
        using FakeTree tree = new();
        tree["memory.max"] = "1000000";
        tree["cpu.weight"] = "77";
        File.Delete(tree.Group.DirectoryOf("pids") + "/pids.max");
        File.CreateSymbolicLink(tree.Group.DirectoryOf("pids") + "/pids.max", "/proc/version");

        CgroupException failure = Assert.Throws<CgroupException>(() =>
            tree.Group.Apply(
                new()
                {
                    Cpu = new() { Shares = 512 },
                    Memory = new() { Limit = 5 * MiB },
                    Pids = new() { Limit = 5 },
                }
            )
        );

        Assert.Equal(("pids", "5"), (failure.Controller, failure.Value));
        Assert.EndsWith("/web/pids.max", failure.File, StringComparison.Ordinal);
        Assert.Equal(("77", "1000000"), (tree["cpu.weight"], tree["memory.max"]));
    }

    [Fact]
    public void A_file_that_this_kernel_lacks_is_told_before_anything_is_written()
    {
        using FakeTree tree = new("cpu.idle");

        CgroupException failure = Assert.Throws<CgroupException>(() =>
            tree.Group.Apply(
                new()
                {
                    Cpu = new() { Shares = 512, Idle = 1 },
                }
            )
        );

        Assert.Equal(CgroupErrorKind.ControllerUnavailable, failure.Kind);
        Assert.Contains("cpu.idle", failure.Message, StringComparison.Ordinal);
        Assert.Equal("100", tree["cpu.weight"]);
        CgroupValue idle = tree.Group.ReadEffective().Values["CpuIdle"];
        Assert.False(idle.IsSupported);
        Assert.Contains("no file cpu.idle", idle.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_of_v1_alone_are_refused_with_the_way_out()
    {
        using FakeTree tree = new();
        LinuxResources[] asked =
        [
            new() { Memory = new() { Swappiness = 10 } },
            new() { Memory = new() { DisableOOMKiller = true } },
            new() { Cpu = new() { RealtimeRuntime = 1000 } },
            new() { Network = new() { ClassID = 1 } },
            new() { BlockIO = new() { LeafWeight = 100 } },
        ];

        Assert.All(asked, resources => Assert.NotNull(Assert.Throws<CgroupException>(() => tree.Group.Apply(resources)).Hint));
    }

    [Fact]
    public void Usage_is_read_with_each_number_defined()
    {
        using FakeTree tree = new();

        CgroupUsage usage = tree.Group.ReadUsage();

        Assert.Equal(
            (TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1)),
            (usage.CpuUsage, usage.CpuUser, usage.CpuSystem)
        );
        Assert.Equal((10, 4, TimeSpan.FromSeconds(0.5)), (usage.NrPeriods, usage.NrThrottled, usage.ThrottledTime));
        Assert.Equal(
            (1_000_000, 700_000, 600_000, 400_000, 4096),
            (usage.MemoryCurrent, usage.MemoryWorkingSet, usage.MemoryAnon, usage.MemoryFile, usage.SwapCurrent)
        );
        Assert.Equal(
            new()
            {
                Low = 1,
                High = 2,
                Max = 3,
                Oom = 4,
                OomKill = 5,
                PidsMax = 9,
            },
            usage.Events
        );
        Assert.Equal((3, null, null), (usage.PidsCurrent, usage.PidsMax, usage.MemoryMax));
        Assert.Equal([new("8:0", 1, 2, 3, 4)], usage.Io);
        Assert.Equal(
            new(new(1.5, 0.25, 0, TimeSpan.FromMicroseconds(1234567)), new(0, 0, 0, TimeSpan.FromMicroseconds(7))),
            usage.CpuPressure
        );
        Assert.Null(usage.MemoryPressure!.Full);
        Assert.Null(usage.IoPressure);
    }

    [Fact]
    public void Kill_freeze_and_thaw_write_the_groups_own_files()
    {
        using FakeTree tree = new();
        tree["cgroup.events"] = "populated 1\nfrozen 1";

        tree.Group.Freeze(TimeSpan.FromSeconds(1));
        Assert.Equal(("1", true), (tree["cgroup.freeze"], tree.Group.IsFrozen));
        tree.Group.Thaw();
        tree.Group.Kill();

        Assert.Equal(("0", "1"), (tree["cgroup.freeze"], tree["cgroup.kill"]));
    }

    [Theory]
    [InlineData("0", "0", false)]
    [InlineData("1", "0", true)]
    [InlineData("0", "1", true)]
    public void What_joins_a_group_is_frozen_by_its_own_file_or_with_a_group_above(string own, string settled, bool frozen)
    {
        using FakeTree tree = new();
        tree["cgroup.events"] = $"populated 1\nfrozen {settled}";
        tree["cgroup.freeze"] = own;

        Assert.Equal(frozen, tree.Group.IsFrozen);
    }

    [Fact]
    public void A_freeze_that_does_not_settle_is_undone()
    {
        using FakeTree tree = new();

        CgroupException failure = Assert.Throws<CgroupException>(() => tree.Group.Freeze(TimeSpan.FromMilliseconds(30)));

        Assert.Equal(CgroupErrorKind.TimedOut, failure.Kind);
        Assert.Equal("0", tree["cgroup.freeze"]);
    }

    private static IEnumerable<string> Names(FakeTree tree, LinuxResources resources) =>
        tree.Group.Plan(resources).Select(setting => Path.GetFileName(setting.File));
}
