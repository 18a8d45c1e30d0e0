using ContainerPS.Native.Launch.Planner;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Tests.Planner;

public sealed class HostFactsTests
{
    [Fact]
    public void Paths_are_told_as_they_are_however_often_one_asks()
    {
        string[] paths =
        [
            "/proc/acpi",
            "/proc/asound",
            "/proc/bus",
            "/proc/fs",
            "/proc/interrupts",
            "/proc/irq",
            "/proc/kcore",
            "/proc/keys",
            "/proc/latency_stats",
            "/proc/sched_debug",
            "/proc/scsi",
            "/proc/sys",
            "/proc/sysrq-trigger",
            "/proc/timer_list",
            "/proc/timer_stats",
            "/sys/devices/virtual/powercap",
            "/sys/firmware",
            "/etc/hosts",
            "/etc",
            "/not/there",
        ];
        for (int round = 0; round < 2; round++)
        {
            PlannerFacts facts = HostFactsReader.Read(new Spec(), null);
            Assert.All(
                paths,
                path =>
                    Assert.Equal(
                        Directory.Exists(path) ? HostPathKind.Directory
                            : Files.Exists(path) ? HostPathKind.File
                            : HostPathKind.Missing,
                        facts.KindOf(path)
                    )
            );
        }
    }

    [Fact]
    public void What_may_come_and_go_is_looked_for_each_time()
    {
        Func<string, HostPathKind> kindOf = HostFactsReader.Read(new Spec(), null).KindOf;
        string path = Path.Combine(Path.GetTempPath(), "containerps-test-" + Path.GetRandomFileName());
        Assert.Equal(HostPathKind.Missing, kindOf(path));
        Directory.CreateDirectory(path);
        Assert.Equal(HostPathKind.Directory, kindOf(path));
        Directory.Delete(path);
        Assert.Equal(HostPathKind.Missing, kindOf(path));
        File.WriteAllText(path, "");
        Assert.Equal(HostPathKind.File, kindOf(path));
        File.Delete(path);
    }
}
