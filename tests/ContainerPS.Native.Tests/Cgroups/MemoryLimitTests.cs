using ContainerPS.Native.Cgroups;
using Process = System.Diagnostics.Process;

namespace ContainerPS.Native.Tests.Cgroups;

/// <summary>Limits of memory that are not memory.max itself.</summary>
[Collection("cgroups")]
public sealed class MemoryLimitTests
{
    private const long MiB = 1 << 20;

    [SkippableFact]
    public void What_does_not_fit_goes_to_swap_as_far_as_that_is_allowed()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require("memory");
        Skip.If(File.ReadLines("/proc/swaps").Count() < 2, "no swap on this host");
        Cgroup roomy = sandbox.Create("roomy"),
            tight = sandbox.Create("tight");
        roomy.Apply(
            new()
            {
                Memory = new() { Limit = 16 * MiB, Swap = 96 * MiB },
            }
        );
        tight.Apply(
            new()
            {
                Memory = new() { Limit = 16 * MiB, Swap = 24 * MiB },
            }
        );

        using Process process = Probe.Start(roomy, "memory", "40", "stay");
        Assert.Equal("touched 40", process.StandardOutput.ReadLine());
        Assert.InRange(roomy.ReadUsage().SwapCurrent!.Value, 20 * MiB, 80 * MiB);
        roomy.Kill();
        process.WaitForExit();

        Assert.Equal(137, Probe.Run(tight, "memory", "40").ExitCode);
        Assert.True(tight.ReadEvents().OomKill >= 1);
        Assert.Equal((8 * MiB, 24 * MiB), (tight.ReadEffective().MemorySwapMax, tight.ReadEffective().MemorySwap));
    }

    [SkippableFact]
    public void Memory_above_high_is_counted_and_kills_nobody()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require("memory");
        Skip.IfNot(sandbox.Host.Version == CgroupVersion.V2, "memory.high is cgroup v2's");
        Cgroup group = sandbox.Create();
        group.Apply(
            new()
            {
                Unified = new Dictionary<string, string> { ["memory.high"] = $"{16 * MiB}", ["memory.swap.max"] = "max" },
            }
        );

        using Process process = Probe.Start(group, "memory", "18", "stay");

        // It goes on above the limit, and says so when it has all that it wants.
        Assert.Equal("touched 18", process.StandardOutput.ReadLine());
        Eventually.Sees(() => group.ReadEvents().High, high => high > 0, "an event of memory.high");
        Assert.Equal(0, group.ReadEvents().OomKill);
        Assert.Single(group.Processes());
        Assert.Equal(16 * MiB, group.ReadEffective().MemoryHigh);
        group.Kill();
        process.WaitForExit();
    }

    [SkippableFact]
    public void A_family_that_is_one_for_the_OOM_killer_dies_together()
    {
        using var sandbox = CgroupSandbox.Open();
        sandbox.Require("memory");
        Skip.IfNot(sandbox.Host.Version == CgroupVersion.V2, "memory.oom.group is cgroup v2's");
        Cgroup group = sandbox.Create();
        group.Apply(
            new()
            {
                Memory = new() { Limit = 16 * MiB, Swap = 16 * MiB },
                Unified = new Dictionary<string, string> { ["memory.oom.group"] = "1" },
            }
        );
        using Process bystander = Probe.Start(group, "wait", "0");
        Assert.Equal("ready", bystander.StandardOutput.ReadLine());

        Assert.Equal(137, Probe.Run(group, "memory", "64").ExitCode);

        bystander.WaitForExit();
        Assert.Equal(137, bystander.ExitCode);
        Assert.True(group.ReadEffective().MemoryOomGroup);
    }
}
