using ContainerPS.Native.Cgroups;

namespace ContainerPS.Native.Tests.Cgroups;

/// <summary>A v2 hierarchy of plain files, with what a kernel puts into a new group: what is written can be read from it.</summary>
internal sealed class FakeTree : IDisposable
{
    private static readonly Dictionary<string, string> Defaults = new(StringComparer.Ordinal)
    {
        ["cgroup.controllers"] = "cpuset cpu io memory hugetlb pids rdma",
        ["cgroup.subtree_control"] = "",
        ["cgroup.procs"] = "",
        ["cgroup.freeze"] = "0",
        ["cgroup.events"] = "populated 0\nfrozen 0",
        ["cgroup.kill"] = "",
        ["cpu.max"] = "max 100000",
        ["cpu.max.burst"] = "0",
        ["cpu.weight"] = "100",
        ["cpu.idle"] = "0",
        ["cpu.uclamp.min"] = "0.00",
        ["cpu.uclamp.max"] = "max",
        ["cpu.stat"] = "usage_usec 3000000\nuser_usec 2000000\nsystem_usec 1000000\nnr_periods 10\nnr_throttled 4\nthrottled_usec 500000",
        ["cpu.pressure"] = "some avg10=1.50 avg60=0.25 avg300=0.00 total=1234567\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7",
        ["cpuset.cpus"] = "",
        ["cpuset.mems"] = "",
        ["cpuset.cpus.effective"] = "0-1",
        ["cpuset.mems.effective"] = "0",
        ["memory.max"] = "max",
        ["memory.high"] = "max",
        ["memory.low"] = "0",
        ["memory.min"] = "0",
        ["memory.swap.max"] = "max",
        ["memory.oom.group"] = "0",
        ["memory.current"] = "1000000",
        ["memory.swap.current"] = "4096",
        ["memory.stat"] = "anon 600000\nfile 400000\ninactive_file 300000",
        ["memory.events"] = "low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\noom_group_kill 0",
        ["memory.pressure"] = "some avg10=0.00 avg60=0.00 avg300=0.00 total=0",
        ["pids.max"] = "max",
        ["pids.current"] = "3",
        ["pids.events"] = "max 9",
        ["io.weight"] = "default 100",
        ["io.max"] = "",
        ["io.latency"] = "",
        ["io.stat"] = "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n7:0 ",
        ["rdma.max"] = "",
        ["hugetlb.2MB.max"] = "max",
        ["hugetlb.2MB.rsvd.max"] = "max",
    };

    private readonly string _directory = Directory.CreateTempSubdirectory("containerps-test-").FullName;

    public FakeTree(params string[] without)
    {
        Host = new(
            CgroupVersion.V2,
            [new CgroupHierarchy(_directory, Defaults["cgroup.controllers"].Split(' '), isUnified: true, "/")],
            host => []
        );
        Directory.CreateDirectory(GroupPath);
        foreach ((string file, string text) in Defaults.Where(pair => !without.Contains(pair.Key)))
        {
            File.WriteAllText(Path.Combine(GroupPath, file), text + "\n");
        }

        File.WriteAllText(Path.Combine(_directory, "cgroup.subtree_control"), Defaults["cgroup.controllers"]);
        Group = Host.Open("/web");
    }

    public CgroupHost Host { get; }

    public Cgroup Group { get; }

    private string GroupPath => Path.Combine(_directory, "web");

    public string this[string file]
    {
        get => File.ReadAllText(Path.Combine(GroupPath, file)).TrimEnd('\n');
        set => File.WriteAllText(Path.Combine(GroupPath, file), value + "\n");
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
