using System.Globalization;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Tests.Cgroups;

/// <summary>
/// Limits of real disks, exceeded by direct I/O. Weights need a disk that is the bottleneck: an empty one that may be overwritten is named
/// by CONTAINERPS_TEST_DISK (the virtual machine has one that its hypervisor slows down).
/// </summary>
[Collection("cgroups")]
public sealed class DiskLimitTests
{
    private const long MiB = 1 << 20;

    [SkippableFact]
    public void Bytes_written_beyond_the_rate_take_their_time()
    {
        using CgroupSandbox sandbox = Open();
        using DiskFile file = new(2 * MiB);
        Cgroup group = sandbox.Create();
        long free = Milliseconds(group, "write", "2", file.Path);

        group.Apply(
            new()
            {
                BlockIO = new()
                {
                    ThrottleWriteBpsDevice =
                    [
                        new()
                        {
                            Major = file.Major,
                            Minor = file.Minor,
                            Rate = (ulong)MiB,
                        },
                    ],
                },
            }
        );
        long throttled = Milliseconds(group, "write", "2", file.Path);

        Assert.True(throttled > 1500 && throttled > free, $"{throttled} ms against {free} ms");
        Assert.Equal(MiB, Assert.Single(group.ReadEffective().IoMax, limit => limit.Device == file.Device).WriteBps);
        Assert.InRange(group.ReadUsage().Io.Single(io => io.Device == file.Device).WriteBytes, 2 * MiB, 16 * MiB);
    }

    [SkippableFact]
    public void Reads_beyond_their_number_a_second_take_their_time()
    {
        using CgroupSandbox sandbox = Open();
        using DiskFile file = new(MiB);
        Cgroup group = sandbox.Create();
        long free = Milliseconds(group, "read", "60", file.Path);

        group.Apply(
            new()
            {
                BlockIO = new()
                {
                    ThrottleReadIOPSDevice =
                    [
                        new()
                        {
                            Major = file.Major,
                            Minor = file.Minor,
                            Rate = 30,
                        },
                    ],
                },
            }
        );
        long throttled = Milliseconds(group, "read", "60", file.Path);

        Assert.True(throttled > 1500 && throttled > free, $"{throttled} ms against {free} ms");
        Assert.Equal(30, Assert.Single(group.ReadEffective().IoMax, limit => limit.Device == file.Device).ReadIops);
    }

    [SkippableFact]
    public void A_limit_that_is_lifted_is_gone()
    {
        using CgroupSandbox sandbox = Open();
        using DiskFile file = new(MiB);
        Cgroup group = sandbox.Create();
        LinuxThrottleDevice Rate(ulong rate) =>
            new()
            {
                Major = file.Major,
                Minor = file.Minor,
                Rate = rate,
            };
        group.Apply(
            new()
            {
                BlockIO = new() { ThrottleReadBpsDevice = [Rate(4096)], ThrottleWriteIOPSDevice = [Rate(7)] },
            }
        );

        sandbox.Host.Open(group.Path).Apply(new() { BlockIO = new() { ThrottleReadBpsDevice = [Rate(0)] } });

        CgroupIoMax left = Assert.Single(group.ReadEffective().IoMax, limit => limit.Device == file.Device);
        Assert.Equal((null, 7), (left.ReadBps, left.WriteIops));
        Assert.True(Milliseconds(group, "read", "200", file.Path) < 100_000, "200 blocks of 4096 bytes took as long as with the limit");
    }

    [SkippableFact]
    public void The_heavier_group_gets_more_of_a_disk_with_the_bfq_scheduler()
    {
        using CgroupSandbox sandbox = Open();
        using var disk = SlowDisk.WithScheduler("bfq");

        AssertWeightsAct(sandbox, disk);
    }

    [SkippableFact]
    public void The_heavier_group_gets_more_of_a_disk_with_a_cost_model()
    {
        using CgroupSandbox sandbox = Open();
        Skip.IfNot(sandbox.Host.Version == CgroupVersion.V2, "cost models are cgroup v2's");
        using var disk = SlowDisk.WithCostModel(sandbox.Host.Unified!.PathOf("/"));

        AssertWeightsAct(sandbox, disk);
    }

    private static void AssertWeightsAct(CgroupSandbox sandbox, SlowDisk disk)
    {
        Cgroup heavy = sandbox.Create("heavy"),
            light = sandbox.Create("light");
        heavy.Apply(new() { BlockIO = new() { Weight = 1000 } });
        light.Apply(new() { BlockIO = new() { Weight = 100 } });

        (long more, long less) = ReadersInGroups.Compete(heavy, light, disk.Path, disk.Device);

        Assert.True(more > 2 * less, $"{more} bytes against {less}");
    }

    private static long Milliseconds(Cgroup group, params string[] arguments)
    {
        (int exit, string output) = Probe.Run(group, arguments);
        Assert.Equal(0, exit);
        return long.Parse(output, CultureInfo.InvariantCulture);
    }

    private static CgroupSandbox Open()
    {
        var sandbox = CgroupSandbox.Open();
        sandbox.Require(sandbox.Host.Version == CgroupVersion.V2 ? "io" : "blkio");
        return sandbox;
    }
}
