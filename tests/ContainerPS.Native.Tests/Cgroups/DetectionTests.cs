using System.Text;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Tests.Cgroups;

public sealed class DetectionTests : IDisposable
{
    private const string V1Mounts = """
        31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw
        32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
        35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
        40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
        """;

    private const string Kernel = """
        #subsys_name	hierarchy	num_cgroups	enabled
        cpu	1	4	1
        cpuacct	1	4	1
        memory	4	44	1
        pids	0	1	1
        blkio	0	1	0
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("containerps-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_v1_host_has_a_hierarchy_a_mount_and_no_unified_one()
    {
        CgroupHost host = Detect(V1Mounts, "4:memory:/own/group\n1:cpu,cpuacct:/\n");

        Assert.Equal((CgroupVersion.V1, null), (host.Version, host.Unified));
        Assert.Equal(["cpu", "cpuacct", "memory"], host.Controllers);
        Assert.Same(host.HierarchyOf("cpu"), host.HierarchyOf("cpuacct"));
        Assert.Equal("/own/group", host.HierarchyOf("memory")!.OwnPath);
    }

    [Fact]
    public void A_hybrid_host_uses_what_its_v2_hierarchy_has()
    {
        CgroupHost host = Detect($"{V1Mounts}\n41 31 0:38 / {Unified("hugetlb misc")} rw - cgroup2 cgroup2 rw", "0::/\n");

        Assert.Equal(CgroupVersion.Hybrid, host.Version);
        Assert.Same(host.Unified, host.HierarchyOf("hugetlb"));
        Assert.False(host.HierarchyOf("memory")!.IsUnified);
    }

    [Fact]
    public void A_v2_host_shows_what_was_delegated_to_it()
    {
        CgroupHost host = Detect(
            $"30 23 0:26 /docker/abc {Unified("cpu io memory pids")} rw,nsdelegate - cgroup2 cgroup rw",
            "0::/docker/abc/init\n"
        );

        Assert.Equal(CgroupVersion.V2, host.Version);
        Assert.Equal(["cpu", "io", "memory", "pids"], host.Controllers);
        Assert.Equal("/init", host.Unified!.OwnPath);
        CgroupControllerState hugetlb = host.ControllerStates.Single(state => state.Name == "hugetlb");
        Assert.False(hugetlb.IsAvailable);
        Assert.Contains("without it", hugetlb.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(host.ControllerStates, state => state.Name == "freezer");
    }

    [Fact]
    public void A_missing_controller_is_explained()
    {
        CgroupHost host = Detect(V1Mounts, "");
        CgroupControllerState State(string name) => host.ControllerStates.Single(state => state.Name == name);

        Assert.Contains("no hierarchy carries it", State("pids").Reason, StringComparison.Ordinal);
        Assert.Contains("mount -t cgroup -o pids", State("pids").Hint, StringComparison.Ordinal);
        Assert.Contains("switched off", State("blkio").Reason, StringComparison.Ordinal);
        Assert.Contains("cgroup_disable=blkio", State("blkio").Hint, StringComparison.Ordinal);
        Assert.Contains("built without it", State("rdma").Reason, StringComparison.Ordinal);
        Assert.True(State("memory").IsAvailable);
    }

    [Fact]
    public void Without_any_hierarchy_the_error_says_what_to_mount()
    {
        CgroupException failure = Assert.Throws<CgroupException>(() => Detect("22 27 0:21 / /proc rw - proc proc rw", ""));

        Assert.Contains("mount -t cgroup2", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a", "/a")]
    [InlineData("//a//b/", "/a/b")]
    public void Paths_are_made_plain(string path, string plain) => Assert.Equal(plain, CgroupPath.Normalize(path));

    [Theory]
    [InlineData("/")]
    [InlineData("")]
    [InlineData("/a/../..")]
    [InlineData("/a/./b")]
    [InlineData("/a\nb")]
    public void Paths_out_of_the_tree_are_refused(string path) => Assert.Throws<CgroupException>(() => CgroupPath.Normalize(path));

    private static CgroupHost Detect(string mounts, string own) =>
        CgroupDetection.Detect(MountTable.Parse(Encoding.UTF8.GetBytes(mounts), "cgroup"), own, () => Kernel);

    private string Unified(string controllers)
    {
        File.WriteAllText(Path.Combine(_directory, "cgroup.controllers"), controllers + "\n");
        return _directory;
    }
}
