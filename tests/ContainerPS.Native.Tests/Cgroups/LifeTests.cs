using System.Diagnostics;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Tests.Cgroups;

/// <summary>Freezing, killing and removing, on this host's version and on the v2 twin where a v2 hierarchy is mounted.</summary>
[Collection("cgroups")]
public sealed class LifeTests
{
    public static TheoryData<bool> Twins => [false, true];

    [SkippableTheory]
    [MemberData(nameof(Twins))]
    public void Frozen_processes_use_no_time_until_they_are_thawed(bool unified)
    {
        using CgroupSandbox sandbox = Open(unified);
        Cgroup group = sandbox.Create();
        Cgroup other = sandbox.Create("b");
        using Process process = Probe.Start(group, "burn"),
            witness = Probe.Start(other, "burn");
        Eventually.True(() => Used(group) > 0 && Used(other) > 0, "time used by both");

        group.Freeze(Eventually.Bound);
        Assert.True(group.IsFrozen);
        long before = Used(group);

        // The frozen process would have had its share of what the witness gets from now on.
        long enough = Used(other) + 20;
        Eventually.Sees(() => Used(other), used => used >= enough, $"{enough} ticks used by the witness");
        Assert.True(group.IsFrozen);
        Assert.Equal(before, Used(group));

        group.Thaw();
        Assert.False(group.IsFrozen);
        Eventually.Sees(() => Used(group), used => used > before, $"more ticks than {before} used after the thaw");
        group.Kill();
        other.Kill();
        process.WaitForExit();
        witness.WaitForExit();
    }

    /// <summary>A process that has no time left does not get as far as to stop.</summary>
    [SkippableFact]
    public void A_group_that_is_being_frozen_is_frozen_to_what_joins_it()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require("cpu");
        Cgroup group = sandbox.Create();
        using Process process = Probe.Start(group, "burn");
        group.Apply(
            new()
            {
                Cpu = new() { Quota = 1_000, Period = 1_000_000 },
            }
        );
        Eventually.True(() => Used(group) > 0, "time used");

        File.WriteAllText(
            group.Host.Version == CgroupVersion.V2
                ? group.Host.Unified!.PathOf(group.Path) + "/cgroup.freeze"
                : group.Host.HierarchyOf("freezer")!.PathOf(group.Path) + "/freezer.state",
            group.Host.Version == CgroupVersion.V2 ? "1" : "FROZEN"
        );
        Assert.True(group.IsFrozen);

        group.Thaw();
        Assert.False(group.IsFrozen);
        group.Kill();
        process.WaitForExit();
    }

    [SkippableTheory]
    [MemberData(nameof(Twins))]
    public void Kill_ends_a_whole_family_that_ignores_signals_and_is_frozen(bool unified)
    {
        using CgroupSandbox sandbox = Open(unified);
        Cgroup group = sandbox.Create();
        using Process process = Probe.Start(group, "wait", "12");
        for (int ready = 0; ready < 13; ready++)
        {
            Assert.Equal("ready", process.StandardOutput.ReadLine());
        }

        group.Freeze(Eventually.Bound);
        group.Kill();

        Eventually.Sees(() => group.Processes().Count, count => count == 0, "a group without processes");
        process.WaitForExit();
        Assert.Equal(137, process.ExitCode);
    }

    [SkippableTheory]
    [MemberData(nameof(Twins))]
    public async Task A_group_that_somebody_removes_meanwhile_is_no_failure_of_a_kill(bool unified)
    {
        using CgroupSandbox sandbox = Open(unified);
        for (int round = 0; round < 50; round++)
        {
            Cgroup group = sandbox.Create($"gone{round}");
            using Process process = Probe.Start(group, "wait", "0");
            Assert.Equal("ready", process.StandardOutput.ReadLine());
            var remover = Task.Run(() =>
            {
                process.WaitForExit();
                group.Remove(Eventually.Bound);
            });

            while (!remover.IsCompleted)
            {
                group.Kill();
                group.Thaw();
            }

            await remover;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Twins))]
    public void A_group_in_use_is_not_removed_and_the_error_names_who_is_there(bool unified)
    {
        using CgroupSandbox sandbox = Open(unified);
        Cgroup group = sandbox.Create();
        using Process process = Probe.Start(group, "wait", "0");
        Assert.Equal("ready", process.StandardOutput.ReadLine());

        CgroupException busy = Assert.Throws<CgroupException>(() => group.Remove(TimeSpan.FromMilliseconds(20)));

        Assert.Equal(CgroupErrorKind.Busy, busy.Kind);
        Assert.Contains(
            group.Processes()[0].ToString(System.Globalization.CultureInfo.InvariantCulture),
            busy.Message,
            StringComparison.Ordinal
        );
        CgroupException taken = Assert.Throws<CgroupException>(() => sandbox.Host.Create(group.Path));
        Assert.Equal(CgroupErrorKind.Busy, taken.Kind);
        group.Kill();
        process.WaitForExit();
        group.Remove(Eventually.Bound);
        Assert.False(group.Exists);
        group.Remove(TimeSpan.Zero);
    }

    [SkippableTheory]
    [MemberData(nameof(Twins))]
    public void Groups_made_below_are_removed_with_it(bool unified)
    {
        using CgroupSandbox sandbox = Open(unified);
        Cgroup group = sandbox.Create();
        foreach (CgroupHierarchy hierarchy in sandbox.Host.Hierarchies.Where(hierarchy => Directory.Exists(hierarchy.PathOf(group.Path))))
        {
            Directory.CreateDirectory(hierarchy.PathOf(group.Path) + "/inner/deep");
        }

        group.Remove(Eventually.Bound);

        Assert.False(group.Exists);
    }

    [SkippableFact]
    public void A_parent_that_was_removed_by_others_is_made_again()
    {
        using var sandbox = CgroupSandbox.Open();
        Cgroup first = sandbox.Create();
        first.Remove(Eventually.Bound);
        var other = CgroupHost.Detect();
        other.Open(sandbox.Parent).Remove(Eventually.Bound);

        Cgroup again = sandbox.Create("b");

        Assert.True(again.Exists);
        other.Open(again.Path).Remove(Eventually.Bound);
        other.Open(sandbox.Parent).Remove(Eventually.Bound);
        other.Create(again.Path);
        Assert.True(again.Exists);
    }

    private static CgroupSandbox Open(bool unified) => unified ? CgroupSandbox.OpenUnified() : CgroupSandbox.Open();

    // In the kernel's ticks, of all processes: the accounting files of v1 and v2 differ.
    private static long Used(Cgroup group) =>
        group
            .Processes()
            .Sum(pid =>
            {
                string stat = File.ReadAllText($"/proc/{pid}/stat");
                string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                return long.Parse(fields[11], System.Globalization.CultureInfo.InvariantCulture);
            });
}

[CollectionDefinition("cgroups", DisableParallelization = true)]
public sealed class CgroupsCollection;
