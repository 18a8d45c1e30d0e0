using System.Globalization;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;
using Process = System.Diagnostics.Process;

namespace ContainerPS.Native.Tests.Cgroups;

/// <summary>
/// A group that was there before is not new: its values are read before they are written over, and nothing of it is killed or removed.
/// </summary>
[Collection("cgroups")]
public sealed class OldGroupTests
{
    private const long MiB = 1 << 20;

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Only_mkdir_makes_a_group_new(bool unified)
    {
        using CgroupSandbox sandbox = unified ? CgroupSandbox.OpenUnified() : CgroupSandbox.Open();
        Cgroup group = sandbox.Create();
        Assert.True(group.IsNew);
        Assert.False(sandbox.Create().IsNew);
        Assert.False(sandbox.Host.Open(group.Path).IsNew);
        ulong? id = group.Id;
        Assert.NotNull(id);
        Assert.Equal(id, sandbox.Host.Open(group.Path).Id);
        group.Remove(TimeSpan.FromSeconds(3));
        Assert.Null(sandbox.Host.Open(group.Path).Id);
        Assert.NotEqual(id, sandbox.Create().Id);
    }

    [SkippableFact]
    public void A_group_of_which_a_part_was_there_is_not_new()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require("memory", "pids");
        Skip.If(sandbox.Host.Version == CgroupVersion.V2, "a group of cgroup v2 is one directory");
        sandbox.Create(controllers: ["memory"]);

        Cgroup whole = sandbox.Create();

        Assert.False(whole.IsNew);
        whole.TakeBack(TimeSpan.FromSeconds(3));
        Assert.NotNull(whole.DirectoryOf("memory"));
        Assert.Null(whole.DirectoryOf("pids"));
    }

    [SkippableFact]
    public void A_failure_to_make_a_group_removes_nothing_that_was_there()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require("memory", "pids");
        Skip.If(sandbox.Host.Version == CgroupVersion.V2, "a group of cgroup v2 is one directory");
        Cgroup memory = sandbox.Create(controllers: ["memory"]);
        Cgroup pids = sandbox.Create(controllers: ["pids"]);
        using Process stranger = Probe.Start(sandbox.Host.Open(pids.Path), "wait", "0");
        Assert.Equal("ready", stranger.StandardOutput.ReadLine());
        // The stranger has joined both; out of memory's again, that part of the group is empty.
        string populated = $"{pids.DirectoryOf("pids")}/cgroup.procs";
        string member = File.ReadAllText(populated).Trim();
        File.WriteAllText($"{Path.GetDirectoryName(memory.DirectoryOf("memory"))}/cgroup.procs", member);

        Assert.Throws<CgroupException>(() => sandbox.Host.Create(pids.Path, ["cpu", "memory", "pids"]));

        Assert.NotNull(memory.DirectoryOf("memory"));
        Assert.Null(sandbox.Host.Open(pids.Path).DirectoryOf("cpu"));
        Assert.Equal(member, File.ReadAllText(populated).Trim());
        using (var process = Pidfd.Open(int.Parse(member, CultureInfo.InvariantCulture)))
        {
            process.SendSignal(Signal.Kill);
        }

        stranger.WaitForExit();
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_made_is_taken_back_and_what_was_there_stays(bool unified)
    {
        using CgroupSandbox sandbox = unified ? CgroupSandbox.OpenUnified() : CgroupSandbox.Open();
        Cgroup old = sandbox.Create("old");
        Cgroup again = sandbox.Create("old");
        using Process stranger = Probe.Start(old, "wait", "0");
        Assert.Equal("ready", stranger.StandardOutput.ReadLine());
        Cgroup made = sandbox.Create("made");
        using Process own = Probe.Start(made, "wait", "0");
        Assert.Equal("ready", own.StandardOutput.ReadLine());

        again.TakeBack(TimeSpan.FromSeconds(3));
        made.TakeBack(TimeSpan.FromSeconds(3));

        Assert.False(made.Exists);
        Assert.True(own.WaitForExit(5000));
        Assert.False(stranger.WaitForExit(100), "a process of a group that was there before was killed");
        old.Kill();
        stranger.WaitForExit();
    }

    [SkippableFact]
    public void Limits_of_an_old_run_are_raised_and_lowered_in_the_order_that_the_kernel_takes()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require("memory");
        foreach (long limit in (long[])[64, 128, 16, 256])
        {
            sandbox.Create().Apply(Memory(limit));
            Assert.Equal(limit * MiB, sandbox.Host.Open($"{sandbox.Parent}/a").ReadEffective().MemoryMax);
        }
    }

    [SkippableFact]
    public void One_object_limits_a_group_more_than_once()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require("memory");
        Cgroup group = sandbox.Create();
        foreach (long limit in (long[])[64, 128, 16, 256])
        {
            group.Apply(Memory(limit));
            Assert.Equal(limit * MiB, group.ReadEffective().MemoryMax);
        }
    }

    [SkippableFact]
    public void A_value_that_is_refused_puts_back_those_of_an_old_group()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require("memory", "pids");
        sandbox
            .Create()
            .Apply(
                new()
                {
                    Memory = new() { Limit = 64 * MiB },
                    Pids = new() { Limit = 7 },
                }
            );

        CgroupException refused = Assert.Throws<CgroupException>(() =>
            sandbox
                .Create()
                .Apply(
                    new()
                    {
                        Memory = new() { Limit = 32 * MiB },
                        Pids = new() { Limit = 1L << 40 },
                    }
                )
        );

        Assert.Equal(CgroupErrorKind.Rejected, refused.Kind);
        CgroupEffective effective = sandbox.Host.Open($"{sandbox.Parent}/a").ReadEffective();
        Assert.Equal((64 * MiB, 7), (effective.MemoryMax, effective.PidsMax));
    }

    [Fact]
    public void On_v2_an_old_groups_values_are_read_and_a_burst_shrinks_before_the_quota()
    {
        using FakeTree tree = new();
        tree["cpu.max"] = "80000 100000";
        tree["cpu.max.burst"] = "50000";
        Cgroup group = tree.Host.Create(tree.Group.Path);
        var resources = new LinuxResources
        {
            Cpu = new() { Quota = 20_000, Burst = 10_000 },
        };

        Assert.False(group.IsNew);
        IReadOnlyList<CgroupSetting> planned = group.Plan(resources);
        Assert.Equal(["10000", "20000 100000"], planned.Select(setting => setting.Value));
        Assert.Equal(["50000", "80000 100000"], planned.Select(setting => setting.OldValue));
        group.Apply(resources);
        Assert.Equal(("20000 100000", "10000"), (tree["cpu.max"], tree["cpu.max.burst"]));
    }

    [Fact]
    public void A_v2_group_that_cannot_have_its_controllers_is_not_left_behind()
    {
        using FakeTree tree = new();

        Assert.Throws<CgroupException>(() => tree.Host.Create("/fresh", ["cpu", "misc"]));

        Assert.False(tree.Host.Open("/fresh").Exists);
        Assert.True(tree.Group.Exists);
    }

    [Fact]
    public void Default_device_rules_stand_behind_those_of_a_spec()
    {
        LinuxDeviceCgroup deny = new() { Allow = false, Access = "rwm" };
        var spec = new Spec
        {
            Linux = new Oci.Linux
            {
                Resources = new LinuxResources
                {
                    Devices = [deny],
                    Pids = new() { Limit = 5 },
                },
            },
        };

        LinuxResources effective = SpecResources.EffectiveResources(spec)!;

        Assert.Equal([deny, .. DeviceRule.Defaults], effective.Devices!);
        Assert.Equal(5, effective.Pids!.Limit);
        Assert.Null(SpecResources.EffectiveResources(new Spec()));
        LinuxResources only = new() { Pids = new() { Limit = 5 } };
        Assert.Same(only, SpecResources.EffectiveResources(new Spec { Linux = new Oci.Linux { Resources = only } }));
    }

    private static LinuxResources Memory(long mebibytes) =>
        new()
        {
            Memory = new() { Limit = mebibytes * MiB, Swap = mebibytes * MiB },
        };
}
