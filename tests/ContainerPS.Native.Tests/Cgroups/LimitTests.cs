using System.Globalization;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;
using Process = System.Diagnostics.Process;

namespace ContainerPS.Native.Tests.Cgroups;

/// <summary>Each limit is exceeded, on whatever version this host has: v1 here, v2 in the virtual machine.</summary>
[Collection("cgroups")]
public sealed class LimitTests
{
    private const long MiB = 1 << 20;

    [SkippableFact]
    public void A_fork_beyond_pids_max_is_refused_and_counted()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require("pids");
        Cgroup group = sandbox.Create();
        group.Apply(new() { Pids = new() { Limit = 5 } });

        (_, string output) = Probe.Run(group, "fork", "50");

        Assert.Equal("refused 11 after 4", output);
        Assert.True(group.ReadEvents().PidsMax >= 1);
        Assert.Equal(5, group.ReadEffective().PidsMax);
    }

    [SkippableFact]
    public void A_process_beyond_memory_max_is_killed_and_counted()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require("memory");
        Cgroup group = sandbox.Create();
        group.Apply(
            new()
            {
                Memory = new() { Limit = 32 * MiB, Swap = 32 * MiB },
            }
        );

        (int exit, string output) = Probe.Run(group, "memory", "128");

        Assert.Equal(137, exit);
        Assert.Empty(output);
        Assert.True(group.ReadEvents().OomKill >= 1);
        Assert.Equal(32 * MiB, group.ReadEffective().MemoryMax);
        Assert.Equal(0, group.ReadEffective().MemorySwapMax);
    }

    [SkippableFact]
    public void Memory_limits_grow_and_shrink_with_swap_in_the_order_that_the_kernel_takes()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require("memory");
        Cgroup group = sandbox.Create();
        foreach (long limit in (long[])[64, 16, 256, 32, -1, 48])
        {
            long bytes = limit < 0 ? -1 : limit * MiB;
            sandbox
                .Host.Open(group.Path)
                .Apply(
                    new()
                    {
                        Memory = new() { Limit = bytes, Swap = bytes },
                    }
                );

            Assert.Equal(bytes < 0 ? null : bytes, group.ReadEffective().MemoryMax);
        }
    }

    [SkippableFact]
    public void Memory_in_use_is_accounted()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require("memory", "pids");
        Cgroup group = sandbox.Create();
        using Process process = Probe.Start(group, "memory", "24", "stay");
        Assert.Equal("touched 24", process.StandardOutput.ReadLine());

        CgroupUsage usage = group.ReadUsage();

        Assert.InRange(usage.MemoryCurrent!.Value, 24 * MiB, 40 * MiB);
        Assert.InRange(usage.MemoryAnon!.Value, 24 * MiB, 40 * MiB);
        Assert.InRange(usage.MemoryWorkingSet!.Value, 24 * MiB, usage.MemoryCurrent!.Value);
        Assert.Equal(1, usage.PidsCurrent);
        group.Kill();
        process.WaitForExit();
    }

    [SkippableFact]
    public void Cpu_time_beyond_the_quota_is_not_had_and_throttling_is_counted()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require("cpu");
        Cgroup group = sandbox.Create();
        group.Apply(
            new()
            {
                Cpu = new() { Quota = 2_000, Period = 100_000 },
            }
        );

        using Process process = Burning(group);

        // So little that it gets more on a busy machine too, where it would have to share with others. A tick that comes late lets it run
        // longer; the kernel takes that off the periods that follow.
        CgroupUsage usage = Eventually.Sees(
            group.ReadUsage,
            usage =>
                usage.NrPeriods >= 15
                && Share(usage) <= 0.06
                && usage.NrThrottled > 3
                && usage.ThrottledTime > TimeSpan.FromMilliseconds(300),
            "at most a fiftieth of a processor in 15 periods, and throttling in more than three",
            usage =>
                $"{usage.CpuUsage} used in {usage.NrPeriods} periods of 100 ms, "
                + $"throttled {usage.NrThrottled} times for {usage.ThrottledTime}"
        );
        Assert.True(Share(usage) > 0);
        Assert.Equal((2_000, 100_000), (group.ReadEffective().CpuQuota, group.ReadEffective().CpuPeriod));
        group.Kill();
        process.WaitForExit();

        static double Share(CgroupUsage usage) => usage.CpuUsage!.Value.TotalMilliseconds / (usage.NrPeriods!.Value * 100);
    }

    [SkippableFact]
    public void Cpu_burst_and_quota_shrink_and_grow_in_the_order_that_the_kernel_takes()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require("cpu");
        Cgroup group = sandbox.Create();
        foreach (
            (long quota, ulong burst, ulong period) in ((long, ulong, ulong)[])
                [(50_000, 40_000, 100_000), (10_000, 5_000, 50_000), (200_000, 100_000, 500_000)]
        )
        {
            sandbox
                .Host.Open(group.Path)
                .Apply(
                    new()
                    {
                        Cpu = new()
                        {
                            Quota = quota,
                            Burst = burst,
                            Period = period,
                        },
                    }
                );

            CgroupEffective effective = group.ReadEffective();
            Assert.Equal((quota, (long)burst, (long)period), (effective.CpuQuota, effective.CpuBurst, effective.CpuPeriod));
        }
    }

    [SkippableFact]
    public void The_heavier_group_gets_more_of_one_processor()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require("cpu", "cpuset");
        Cgroup heavy = sandbox.Create("heavy"),
            light = sandbox.Create("light");
        heavy.Apply(
            new()
            {
                Cpu = new() { Shares = 4096, Cpus = "0" },
            }
        );
        light.Apply(
            new()
            {
                Cpu = new() { Shares = 128, Cpus = "0" },
            }
        );

        (TimeSpan more, TimeSpan less) = Compete(heavy, light);

        Assert.True(more > 3 * less, $"{more} against {less}");
    }

    [SkippableFact]
    public void An_idle_group_yields_to_others()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require("cpu", "cpuset");
        Cgroup normal = sandbox.Create("normal"),
            idle = sandbox.Create("idle");
        normal.Apply(new() { Cpu = new() { Cpus = "0" } });
        idle.Apply(
            new()
            {
                Cpu = new() { Cpus = "0", Idle = 1 },
            }
        );
        Assert.True(idle.ReadEffective().CpuIdle);

        (TimeSpan more, TimeSpan less) = Compete(normal, idle);

        Assert.True(more > 5 * less, $"{more} against {less}");
    }

    [SkippableFact]
    public void A_process_runs_only_on_the_processors_of_its_cpuset()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require("cpuset");
        Skip.If(HostFacts.OnlineCpus < 2, "one processor only");
        Cgroup group = sandbox.Create();
        group.Apply(
            new()
            {
                Cpu = new() { Cpus = "1", Mems = "0" },
            }
        );

        Assert.Equal((0, "1"), Probe.Run(group, "affinity"));
        Assert.Equal("1", group.ReadEffective().CpusetCpus);
    }

    [SkippableFact]
    public void A_cpuset_asked_for_later_takes_running_processes_along()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require("cpuset");
        Cgroup group = sandbox.Create();
        using Process process = Probe.Start(group, "wait", "3");
        for (int ready = 0; ready < 4; ready++)
        {
            Assert.Equal("ready", process.StandardOutput.ReadLine());
        }

        sandbox.Host.Open(group.Path).Apply(new() { Cpu = new() { Cpus = "0" } });

        Assert.Equal(4, group.Processes().Count);
        Assert.All(
            group.Processes(),
            pid => Assert.Contains("Cpus_allowed_list:\t0\n", File.ReadAllText($"/proc/{pid}/status"), StringComparison.Ordinal)
        );
        group.Kill();
        process.WaitForExit();
    }

    [SkippableFact]
    public void Huge_pages_beyond_the_limit_cannot_be_mapped()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require("hugetlb");
        Skip.IfNot(PageSizes.All.Contains("2MB"), "no huge pages of 2 MB");
        const string pool = "/proc/sys/vm/nr_hugepages";
        string before = File.ReadAllText(pool);
        try
        {
            File.WriteAllText(pool, "4");
            Skip.IfNot(File.ReadAllText(pool).Trim() == "4", "the host could not set four huge pages aside");
            Cgroup group = sandbox.Create();
            group.Apply(new() { HugepageLimits = [new() { PageSize = "2MB", Limit = 2 * (ulong)MiB }] });

            Assert.Equal((0, "mapped"), Probe.Run(group, "huge", "2"));
            Assert.Equal((0, "refused 12"), Probe.Run(group, "huge", "4"));
            Assert.Contains(("2MB", 2 * MiB), group.ReadEffective().HugetlbMax);
        }
        finally
        {
            File.WriteAllText(pool, before);
        }
    }

    [SkippableFact]
    public void A_device_that_is_not_on_the_list_cannot_be_opened()
    {
        using var sandbox = CgroupSandbox.Open();
        Skip.IfNot(File.Exists("/dev/kmsg"), "no /dev/kmsg");
        Cgroup group = sandbox.Create();
        group.Apply(new() { Devices = DeviceRule.ForContainer() });

        Assert.Equal((0, "opened"), Probe.Run(group, "open", "/dev/null"));
        Assert.Equal((0, "refused 1"), Probe.Run(group, "open", "/dev/kmsg"));
        Assert.Equal((0, "made"), Probe.Run(group, "mknod", Path.Combine(Path.GetTempPath(), $"containerps-test-{Guid.NewGuid():N}")));

        sandbox
            .Host.Open(group.Path)
            .Apply(
                new()
                {
                    Devices = DeviceRule.ForContainer([
                        new()
                        {
                            Allow = true,
                            Type = "c",
                            Major = 1,
                            Minor = 11,
                            Access = "r",
                        },
                    ]),
                }
            );
        Assert.Equal((0, "opened"), Probe.Run(group, "open", "/dev/kmsg"));
    }

    // Counted by the kernel while both run: on a busy machine one may get going seconds before the other.
    private static (TimeSpan Strong, TimeSpan Weak) Compete(Cgroup strong, Cgroup weak)
    {
        using Process one = Burning(weak),
            two = Burning(strong);
        TimeSpan weakBefore = Used(weak),
            strongBefore = Used(strong);
        TimeSpan enough = weakBefore + strongBefore + TimeSpan.FromSeconds(1);
        Eventually.Sees(() => Used(weak) + Used(strong), used => used >= enough, $"{enough} used by both together");
        (TimeSpan, TimeSpan) used = (Used(strong) - strongBefore, Used(weak) - weakBefore);
        strong.Kill();
        weak.Kill();
        one.WaitForExit();
        two.WaitForExit();
        return used;
    }

    private static Process Burning(Cgroup group)
    {
        Process process = Probe.Start(group, "burn");
        Assert.Equal("ready", process.StandardOutput.ReadLine());
        return process;
    }

    private static TimeSpan Used(Cgroup group) => group.ReadUsage().CpuUsage!.Value;
}
