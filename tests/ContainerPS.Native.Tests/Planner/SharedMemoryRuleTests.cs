using ContainerPS.Native.Launch;
using ContainerPS.Native.Launch.Planner;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;
using static ContainerPS.Native.Tests.Planner.PlannerFixture;

namespace ContainerPS.Native.Tests.Planner;

/// <summary>
/// Which containers and execs have the shim's memory until their exec, and which have a copy because sharing would not be safe, or not
/// possible.
/// </summary>
public sealed class SharedMemoryRuleTests
{
    private const long MiB = 1 << 20;

    private static readonly Hook _hook = new() { Path = "/usr/bin/hook" };

    [Fact]
    public void An_ordinary_container_shares() => Assert.True(IsShared(DockerLike()));

    [Theory]
    [InlineData(null, true)]
    [InlineData(-1L, true)]
    [InlineData(16 * MiB, true)]
    [InlineData(16 * MiB - 1, false)]
    [InlineData(0L, false)]
    public void A_process_that_might_run_out_of_memory_before_its_exec_has_a_copy(long? limit, bool isShared)
    {
        Spec spec = With(new LinuxResources { Memory = new LinuxMemory { Limit = limit } });
        Assert.Equal((isShared, isShared), (IsShared(spec), IsExecShared(spec)));
        Assert.Equal(isShared, IsShared(With(new LinuxResources { Memory = new LinuxMemory { Kernel = limit } })));
    }

    [Theory]
    [InlineData("memory.max", "16777216", true)]
    [InlineData("memory.max", "max", true)]
    [InlineData("memory.max", "4096", false)]
    [InlineData("memory.oom.group", "0", true)]
    [InlineData("memory.oom.group", "1", false)]
    public void Files_of_cgroup_v2_count_as_limits_do(string file, string value, bool isShared)
    {
        Spec spec = With(new LinuxResources { Unified = new Dictionary<string, string> { [file] = value } });
        Assert.Equal((isShared, isShared), (IsShared(spec), IsExecShared(spec)));
    }

    [Theory]
    [InlineData("CAP_SYS_PTRACE")]
    [InlineData("sys_ptrace")]
    [InlineData("ALL")]
    public void Who_may_look_into_memory_gets_none_of_the_shims(string capability)
    {
        Process some = DockerLike().Process! with { Capabilities = new LinuxCapabilities { Bounding = [capability] } };
        Assert.False(IsShared(DockerLike() with { Process = some }));
        Assert.False(IsExecShared(DockerLike(), some));

        // An exec without it beside the container's own processes that have it.
        Assert.False(IsExecShared(DockerLike() with { Process = some }, DockerLike().Process));
    }

    [Fact]
    public void A_user_whom_the_change_makes_readable_has_a_copy()
    {
        Process user = DockerLike().Process! with
        {
            User = new User { Uid = 33, Gid = 33 },
        };
        Assert.True(IsShared(DockerLike() with { Process = user }));
        Assert.False(IsShared(DockerLike() with { Process = user }, isDumpable: true));
        Assert.True(IsShared(DockerLike(), isDumpable: true));
    }

    [Theory]
    [InlineData("user")]
    [InlineData("time")]
    public void New_namespaces_that_need_a_memory_of_their_own_have_a_copy(string type) =>
        Assert.False(
            IsShared(
                DockerLike() with
                {
                    Linux = DockerLike().Linux! with
                    {
                        Namespaces = [.. DockerLike().Linux!.Namespaces!, new LinuxNamespace { Type = type }],
                    },
                }
            )
        );

    [Theory]
    [InlineData("network", true)]
    [InlineData("pid", false)]
    [InlineData("time", false)]
    public void Joined_namespaces_are_no_hindrance_but_for_another_containers_processes_and_for_time(string type, bool isShared)
    {
        LinuxNamespace[] others = [.. DockerLike().Linux!.Namespaces!.Where(entry => entry.Type != type)];
        Assert.Equal(
            isShared,
            IsShared(
                DockerLike() with
                {
                    Linux = DockerLike().Linux! with
                    {
                        Namespaces = [.. others, new LinuxNamespace { Type = type, Path = "/proc/77/ns/x" }],
                    },
                }
            )
        );
    }

    [Fact]
    public void Hooks_have_a_copy()
    {
        Hooks[] all =
        [
            new() { Prestart = [_hook] },
            new() { CreateRuntime = [_hook] },
            new() { CreateContainer = [_hook] },
            new() { StartContainer = [_hook] },
            new() { Poststart = [_hook] },
        ];
        Assert.All(all, hooks => Assert.False(IsShared(DockerLike() with { Hooks = hooks })));
        Assert.True(IsShared(DockerLike() with { Hooks = new Hooks { Poststop = [_hook] } }));
    }

    [Fact]
    public void A_tree_that_is_copied_is_charged_to_the_container_and_has_a_copy() =>
        Assert.False(
            IsShared(
                DockerLike() with
                {
                    Mounts =
                    [
                        .. DockerLike().Mounts!,
                        new Mount
                        {
                            Destination = "/tmp",
                            Type = "tmpfs",
                            Source = "tmpfs",
                            Options = ["tmpcopyup"],
                        },
                    ],
                }
            )
        );

    [Fact]
    public void An_OCI_runtime_has_a_copy_and_so_has_a_detached_exec()
    {
        Assert.DoesNotContain(
            "shared memory",
            ContainerPlanner.Plan(Request(DockerLike()), Facts(), V1Cgroup, new HandedOver(), null).ToText(),
            StringComparison.Ordinal
        );
        Assert.False(IsExecShared(DockerLike(), detach: true));
        Assert.True(IsExecShared(DockerLike()));
    }

    private static Spec With(LinuxResources resources) => DockerLike() with { Linux = DockerLike().Linux! with { Resources = resources } };

    private static bool IsShared(Spec spec, bool isDumpable = false)
    {
        PlannerFacts facts = Facts() with { IsDumpableAs = user => isDumpable && user.Uid != 0 };
        return ContainerPlanner
            .Plan(Request(spec, monitor: Kept), facts, V1Cgroup, new HandedOver(), null)
            .ToText()
            .Contains("shared memory", StringComparison.Ordinal);
    }

    private static bool IsExecShared(Spec spec, Process? process = null, bool detach = false)
    {
        var request = new ExecRequest
        {
            ContainerId = "c0ffee",
            ContainerPid = 1234,
            ContainerStartTicks = 5678,
            Spec = spec,
            Process = process ?? spec.Process!,
            Detach = detach,
        };
        return ExecPlanner
            .Plan(request, Facts(), V1Cgroup, new HandedOver { Container = 30 }, null)
            .ToText()
            .Contains("shared memory", StringComparison.Ordinal);
    }
}
