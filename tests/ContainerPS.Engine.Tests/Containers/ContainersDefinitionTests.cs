using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Containers;

public sealed class ContainersDefinitionTests
{
    private static readonly ContainerDefinition Good = new() { RootFs = "/", Command = ["true"] };

    // Looked up by name: in the name of a test a NUL would make what is written of it no text any more.
    private static readonly Dictionary<string, ContainerDefinition> Wrong = new()
    {
        {
            "no source",
            new() { Command = ["true"] }
        },
        { "two sources", Good with { Image = "busybox" } },
        { "relative root", Good with { RootFs = "rootfs" } },
        { "missing root", Good with { RootFs = "/does/not/exist" } },
        { "short name", Good with { Name = "x" } },
        { "name with slash", Good with { Name = "a/b" } },
        { "name with dots first", Good with { Name = ".." } },
        { "long name", Good with { Name = new string('a', 129) } },
        { "name like an id", Good with { Name = new string('a', 64) } },
        { "NUL in the command", Good with { Command = ["a\0b"] } },
        { "NUL in the entry point", Good with { Entrypoint = ["a\0b"] } },
        { "NUL in the name of a variable", Good with { Env = new Dictionary<string, string?> { ["A\0B"] = "c" } } },
        { "NUL in the value of a variable", Good with { Env = new Dictionary<string, string?> { ["A"] = "b\0c" } } },
        { "NUL in the working directory", Good with { WorkingDir = "/a\0b" } },
        { "NUL in the user", Good with { User = "a\0b" } },
        { "NUL in a mount point", Good with { Mounts = [new Mount { Source = "/", Destination = "/a\0b" }] } },
        { "NUL in a mount's source", Good with { Mounts = [new Mount { Source = "/\0", Destination = "/b" }] } },
        { "NUL in the root", Good with { RootFs = "/\0" } },
        { "NUL in a device", Good with { Devices = [new ContainerDevice("/dev/null", "/dev/a\0b")] } },
        { "NUL in the path of a namespace", Good with { PidMode = "ns:/proc/1/ns\0" } },
        { "NUL in a device of the host", Good with { Devices = [new ContainerDevice("/dev/null\0", "/dev/a")] } },
        { "NUL in a kernel parameter", Good with { Sysctls = new Dictionary<string, string> { ["kernel.x"] = "1\0" } } },
        { "NUL in the cgroup parent", Good with { CgroupParent = "/a\0b" } },
        { "NUL in the seccomp profile", Good with { Seccomp = "/a\0b.json" } },
        { "equals sign in a variable", Good with { Env = new Dictionary<string, string?> { ["A=B"] = "c" } } },
        { "user with three parts", Good with { User = "a:b:c" } },
        { "user without name", Good with { User = ":1" } },
        { "user out of range", Good with { User = "4294967295" } },
        { "relative working directory", Good with { WorkingDir = "tmp" } },
        { "host name too long", Good with { Hostname = new string('h', 64) } },
        { "domain name with a line of its own", Good with { Domainname = "a\n1.2.3.4 b" } },
        { "host name beside the host's", Good with { Hostname = "web", UtsMode = "host" } },
        { "name server that is none", Good with { Dns = ["dns.example"] } },
        { "host entry without address", Good with { ExtraHosts = ["web"] } },
        { "relative mount point", Good with { Mounts = [new Mount { Source = "/", Destination = "mnt" }] } },
        { "mount on the root", Good with { Mounts = [new Mount { Source = "/", Destination = "/" }] } },
        { "missing mount source", Good with { Mounts = [new Mount { Source = "/does/not/exist", Destination = "/mnt" }] } },
        { "file as device", Good with { Devices = [new ContainerDevice("/etc/passwd", "/dev/x")] } },
        { "device access", Good with { Devices = [new ContainerDevice("/dev/null", "/dev/x", "rx")] } },
        { "unknown capability", Good with { CapAdd = ["CAP_FLY"] } },
        { "unknown network", Good with { NetworkMode = "bridge" } },
        { "relative namespace path", Good with { PidMode = "ns:proc/1/ns/pid" } },
        { "ipc namespace of a container", Good with { IpcMode = "container:web" } },
        { "container without name", Good with { IpcMode = "container:" } },
        { "missing seccomp profile", Good with { Seccomp = "/does/not/exist.json" } },
        { "OOM score", Good with { OomScoreAdj = 1001 } },
        { "tiny log", Good with { LogMaxSize = 10 } },
        { "no log file", Good with { LogMaxFile = 0 } },
        { "cgroup parent climbing out", Good with { CgroupParent = "/a/../.." } },
        { "unknown ulimit", Good with { Ulimits = [new Ulimit("files", 1, 1)] } },
        { "soft above hard", Good with { Ulimits = [new Ulimit("nofile", 2, 1)] } },
        { "more CPUs than online", With(new() { Cpus = HostFacts.OnlineCpus + 0.1m }) },
        { "CPUs and quota", With(new() { Cpus = 0.5m, CpuQuota = 1000 }) },
        { "weight and shares", With(new() { CpuWeight = 100, CpuShares = 1024 }) },
        { "weight out of range", With(new() { CpuWeight = 10001 }) },
        { "less than a page", With(new() { MemoryMax = 4095 }) },
        { "swap below memory", With(new() { MemoryMax = 2 << 20, MemorySwap = 1 << 20 }) },
        { "swap without memory", With(new() { MemorySwap = 1 << 20 }) },
        { "low above max", With(new() { MemoryMax = 1 << 20, MemoryLow = 2 << 20 }) },
        { "no task", With(new() { PidsMax = 0 }) },
        { "throttle of no device", With(new() { IoMax = [new IoLimit { Device = "/dev/null", ReadBps = 1 }] }) },
        { "file outside the cgroup", With(new() { Unified = new Dictionary<string, string> { ["../memory.max"] = "1" } }) },
        { "file of the engine", With(new() { Unified = new Dictionary<string, string> { ["cgroup.procs"] = "1" } }) },
    };

    public static TheoryData<string> Wrongs => [.. Wrong.Keys];

    [Theory]
    [MemberData(nameof(Wrongs))]
    public void What_is_wrong_is_refused_before_anything_is_made(string what)
    {
        string root = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var engine = ContainerEngine.Open(new ContainerEngineOptions { Root = root + "/root", RunRoot = root + "/run" });

        EngineException refused = Assert.ThrowsAny<EngineException>(() => engine.Containers.Create(Wrong[what]));

        Assert.True(refused.ErrorId is ErrorIds.ArgumentInvalid or ErrorIds.PathNotFound, $"{what}: {refused.ErrorId}");
        Assert.False(Directory.Exists(root), what);
    }

    [Fact]
    public void Memory_above_the_hosts_is_a_warning()
    {
        Assert.Contains(
            "limits nothing",
            Assert.Single(ContainerEngine.Open().Containers.Warnings(With(new() { MemoryMax = HostFacts.MemoryBytes * 2 }))),
            StringComparison.Ordinal
        );
        Assert.Empty(ContainerEngine.Open().Containers.Warnings(With(new() { MemoryMax = 64 << 20 })));
    }

    [Fact]
    public void Ids_are_64_hexadecimal_digits_that_no_one_takes_for_a_number()
    {
        string[] ids = Enumerable.Range(0, 1000).Select(_ => ContainerName.NewId()).ToArray();

        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^[0-9a-f]{64}$", id));
        Assert.DoesNotContain(ids, id => id[..12].All(char.IsAsciiDigit));
    }

    [Fact]
    public void A_made_up_name_is_a_valid_name() =>
        Assert.All(Enumerable.Range(0, 1000), _ => ContainerName.Validate(NameGenerator.For(ContainerName.NewId())));

    [Fact]
    public void A_change_of_limits_replaces_the_other_name_of_the_same_limit()
    {
        var before = new CgroupLimitRequest
        {
            CpuQuota = 50_000,
            CpuPeriod = 200_000,
            CpuShares = 512,
            MemoryMax = 1 << 20,
            MemorySwap = 2 << 20,
        };

        CgroupLimitRequest after = before.With(
            new CgroupLimitRequest
            {
                Cpus = 0.5m,
                CpuWeight = 50,
                MemorySwapMax = 0,
            }
        );

        Assert.Equal((null, null, 0.5m), (after.CpuQuota, after.CpuPeriod, after.Cpus));
        Assert.Equal((null, 50), (after.CpuShares, after.CpuWeight));
        Assert.Equal((1L << 20, null, 0L), (after.MemoryMax, after.MemorySwap, after.MemorySwapMax));
    }

    [Fact]
    public void Environments_are_put_together_with_the_last_word_winning()
    {
        var changes = new Dictionary<string, string?> { ["B"] = "3", ["C"] = null };

        Assert.Equal(["A=1", "B=3"], ContainerEnvironment.Merge(changes, ["A=0", "B=2"], ["C=1", "A=1"]));
    }

    private static ContainerDefinition With(CgroupLimitRequest limits) => Good with { Limits = limits };
}
