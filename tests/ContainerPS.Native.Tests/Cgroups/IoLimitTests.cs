using System.Globalization;
using ContainerPS.Native.Cgroups;

namespace ContainerPS.Native.Tests.Cgroups;

/// <summary>Block limits on a device of the test's own.</summary>
[Collection("cgroups")]
public sealed class IoLimitTests
{
    private const ulong MiB = 1 << 20;

    [SkippableFact]
    public void Writes_beyond_the_throttle_wait_and_are_accounted()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require(Controller(sandbox));
        using var device = BlockDevice.Open(16);
        Cgroup free = sandbox.Create("free"),
            slow = sandbox.Create("slow");
        slow.Apply(
            new()
            {
                BlockIO = new()
                {
                    ThrottleWriteBpsDevice =
                    [
                        new()
                        {
                            Major = device.Major,
                            Minor = device.Minor,
                            Rate = 2 * MiB,
                        },
                    ],
                },
            }
        );

        long quick = long.Parse(Probe.Run(free, "write", "4", device.Path).Output, CultureInfo.InvariantCulture);
        long throttled = long.Parse(Probe.Run(slow, "write", "4", device.Path).Output, CultureInfo.InvariantCulture);

        Assert.True(throttled > 1500 && throttled > quick, $"{throttled} ms against {quick} ms");
        Assert.Equal(new(device.Name, null, 2 * (long)MiB, null, null), slow.ReadEffective().IoMax.Single());
        CgroupIoUsage usage = slow.ReadUsage().Io.Single(io => io.Device == device.Name);
        Assert.InRange(usage.WriteBytes, 4 * (long)MiB, 5 * (long)MiB);
        Assert.True(usage.WriteOps > 0);
    }

    [SkippableFact]
    public void Reads_beyond_the_operations_a_second_wait()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require(Controller(sandbox));
        using var device = BlockDevice.Open(20);
        Cgroup group = sandbox.Create();
        group.Apply(
            new()
            {
                BlockIO = new()
                {
                    ThrottleReadIOPSDevice =
                    [
                        new()
                        {
                            Major = device.Major,
                            Minor = device.Minor,
                            Rate = 50,
                        },
                    ],
                },
            }
        );

        long count = long.Parse(Probe.Run(group, "readfor", "1000", device.Path).Output, CultureInfo.InvariantCulture);

        Assert.InRange(count, 5, 120);
    }

    [SkippableFact]
    public void A_throttle_can_be_lifted_while_it_runs()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require(Controller(sandbox));
        using var device = BlockDevice.Open(16);
        Cgroup group = sandbox.Create();
        void Throttle(ulong rate) =>
            sandbox
                .Host.Open(group.Path)
                .Apply(
                    new()
                    {
                        BlockIO = new()
                        {
                            ThrottleWriteBpsDevice =
                            [
                                new()
                                {
                                    Major = device.Major,
                                    Minor = device.Minor,
                                    Rate = rate,
                                },
                            ],
                        },
                    }
                );

        Throttle(MiB);
        Throttle(0);

        Assert.Empty(group.ReadEffective().IoMax);
        Assert.True(long.Parse(Probe.Run(group, "write", "4", device.Path).Output, CultureInfo.InvariantCulture) < 1500);
    }

    [SkippableFact]
    public void The_heavier_group_gets_more_of_a_device_that_obeys_weights()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require(Controller(sandbox));
        using var device = BlockDevice.Open(20);
        device.ObeyWeights(sandbox.Host);
        Cgroup heavy = sandbox.Create("heavy"),
            light = sandbox.Create("light");
        heavy.Apply(new() { BlockIO = new() { Weight = 1000 } });
        light.Apply(new() { BlockIO = new() { Weight = 50 } });

        (long more, long less) = ReadersInGroups.Compete(heavy, light, device.Path, device.Name);

        Assert.True(more > 2 * less, $"{more} bytes against {less}");
    }

    private static string Controller(CgroupSandbox sandbox) => sandbox.Host.Version == CgroupVersion.V2 ? "io" : "blkio";
}
