using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Tests.Cgroups;

/// <summary>What cannot be had is told with the reason, and nothing is changed.</summary>
[Collection("cgroups")]
public sealed class RefusalTests
{
    private const long MiB = 1 << 20;

    public static TheoryData<string, LinuxResources> Wrong =>
        new()
        {
            {
                "cpu.period",
                new() { Cpu = new() { Period = 5 } }
            },
            {
                "cpu.quota",
                new() { Cpu = new() { Quota = 10 } }
            },
            {
                "cpu.shares",
                new() { Cpu = new() { Shares = 1 } }
            },
            {
                "cpu.idle",
                new() { Cpu = new() { Idle = 7 } }
            },
            {
                "cpu.cpus",
                new() { Cpu = new() { Cpus = "one" } }
            },
            {
                "memory.limit",
                new() { Memory = new() { Limit = -5 } }
            },
            {
                "memory.swap",
                new()
                {
                    Memory = new() { Limit = 10 * MiB, Swap = 5 * MiB },
                }
            },
            {
                "memory.reservation",
                new()
                {
                    Memory = new() { Limit = 10 * MiB, Reservation = 20 * MiB },
                }
            },
            {
                "memory.swappiness",
                new() { Memory = new() { Swappiness = 300 } }
            },
            {
                "blockIO.weight",
                new() { BlockIO = new() { Weight = 5 } }
            },
            {
                "device rule",
                new() { Devices = [new() { Type = "x" }] }
            },
            {
                "device rule",
                new() { Devices = [new() { Access = "rwx" }] }
            },
        };

    [SkippableTheory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_value_is_refused_before_anything_is_written(string named, LinuxResources resources)
    {
        using FakeTree tree = new();

        CgroupException failure = Assert.Throws<CgroupException>(() => tree.Group.Apply(resources with { Pids = new() { Limit = 9 } }));

        Assert.Equal(CgroupErrorKind.InvalidValue, failure.Kind);
        Assert.Contains(named, failure.Message, StringComparison.Ordinal);
        Assert.NotNull(failure.Hint);
        Assert.Equal("max", tree["pids.max"]);
    }

    [SkippableFact]
    public void More_processors_than_the_host_has_are_refused_and_nothing_is_changed()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require("cpuset", "memory", "pids");
        Cgroup group = sandbox.Create();
        group.Apply(
            new()
            {
                Memory = new() { Limit = 64 * MiB },
                Pids = new() { Limit = 7 },
            }
        );

        CgroupException failure = Assert.Throws<CgroupException>(() =>
            sandbox
                .Host.Open(group.Path)
                .Apply(
                    new()
                    {
                        Memory = new() { Limit = 128 * MiB },
                        Pids = new() { Limit = 9 },
                        Cpu = new() { Cpus = "0-4000" },
                    }
                )
        );

        Assert.Equal("cpuset", failure.Controller ?? "cpuset");
        Assert.Contains("0-4000", failure.Message, StringComparison.Ordinal);
        Assert.NotNull(failure.Hint);
        Assert.Equal((64 * MiB, 7), (group.ReadEffective().MemoryMax, group.ReadEffective().PidsMax));
    }

    [SkippableFact]
    public void A_controller_that_the_host_lacks_is_named_with_the_reason()
    {
        using var sandbox = CgroupSandbox.Open();
        CgroupControllerState? missing = sandbox.Host.ControllerStates.FirstOrDefault(state =>
            state is { IsAvailable: false, Name: "rdma" }
        );
        Skip.If(missing is null, "this host has every controller");
        Cgroup group = sandbox.Create();

        CgroupException failure = Assert.Throws<CgroupException>(() =>
            group.Apply(new() { Rdma = new Dictionary<string, LinuxRdma> { ["mlx5_0"] = new() { HcaHandles = 1 } } })
        );

        Assert.Equal((CgroupErrorKind.ControllerUnavailable, "rdma"), (failure.Kind, failure.Controller));
        Assert.Contains(missing!.Reason!, failure.Message, StringComparison.Ordinal);
        Assert.False(group.ReadEffective().Values["RdmaMax"].IsSupported);
        Assert.Throws<CgroupException>(() => sandbox.Create("b", ["rdma"]));
    }

    [SkippableFact]
    public void A_limit_of_v2_alone_says_what_v1_has_instead()
    {
        using var sandbox = CgroupSandbox.Open();
        Skip.If(sandbox.Host.Version == CgroupVersion.V2, "this is a cgroup v2 host");
        Cgroup group = sandbox.Create();

        CgroupException high = Assert.Throws<CgroupException>(() =>
            group.Apply(new() { Unified = new Dictionary<string, string> { ["memory.high"] = "1" } })
        );
        CgroupException max = Assert.Throws<CgroupException>(() =>
            group.Apply(new() { Unified = new Dictionary<string, string> { ["memory.max"] = "1" } })
        );

        Assert.Contains("unified_cgroup_hierarchy", high.Hint, StringComparison.Ordinal);
        Assert.Contains("memory.limit", max.Hint, StringComparison.Ordinal);
        Assert.False(group.ReadEffective().Values["MemoryHigh"].IsSupported);
    }

    [SkippableFact]
    public void A_plan_tells_files_with_old_and_new_values_and_writes_nothing()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require("pids", "memory");
        Cgroup group = sandbox.Create();
        group.Apply(new() { Pids = new() { Limit = 5 } });
        LinuxResources change = new()
        {
            Pids = new() { Limit = 8 },
            Memory = new() { Limit = 16 * MiB },
        };

        IReadOnlyList<CgroupSetting> plan = sandbox.Host.Open(group.Path).Plan(change);

        CgroupSetting pids = plan.Single(setting => setting.Controller == "pids");
        Assert.Equal((group.DirectoryOf("pids") + "/pids.max", "5", "8"), (pids.File, pids.OldValue, pids.Value));
        Assert.Equal(5, group.ReadEffective().PidsMax);
        Assert.All(sandbox.Host.Open(sandbox.Parent + "/none").Plan(change), setting => Assert.Null(setting.OldValue));
        Assert.False(Directory.Exists(Path.GetDirectoryName(pids.File) + "/none"));
    }

    [SkippableFact]
    public void A_limit_below_what_is_in_use_can_be_refused()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require("memory");
        Cgroup group = sandbox.Create();
        using System.Diagnostics.Process process = Probe.Start(group, "memory", "24", "stay");
        Assert.Equal("touched 24", process.StandardOutput.ReadLine());

        CgroupException failure = Assert.Throws<CgroupException>(() =>
            sandbox
                .Host.Open(group.Path)
                .Apply(
                    new()
                    {
                        Memory = new() { Limit = 8 * MiB, CheckBeforeUpdate = true },
                    }
                )
        );

        Assert.Contains("in use", failure.Hint, StringComparison.Ordinal);
        Assert.Null(group.ReadEffective().MemoryMax);
        Assert.False(process.HasExited);
        group.Kill();
        process.WaitForExit();
    }
}
