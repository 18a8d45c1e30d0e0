using ContainerPS.Native.Launch;
using ContainerPS.Native.Launch.Planner;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;
using ContainerPS.Native.Seccomp;
using static ContainerPS.Native.Tests.Planner.PlannerFixture;

namespace ContainerPS.Native.Tests.Planner;

/// <summary>Whole plans as text: what happens between clone and execve is read in review, line by line.</summary>
public sealed class GoldenPlanTests
{
    private static readonly SeccompFilter _filter = new(new byte[16], 4);

    [Fact]
    public void A_container_with_a_monitor_on_cgroup_v1() =>
        AssertGolden(
            ContainerPlanner.Plan(
                Request(DockerLike(), monitor: Kept),
                Facts(),
                V1Cgroup,
                new HandedOver
                {
                    Go = 20,
                    AttachedStdout = 21,
                    AttachedStderr = 22,
                },
                _filter
            ),
            "service-v1"
        );

    [Fact]
    public void A_container_on_cgroup_v2_with_an_old_kernel_a_user_and_no_new_privileges()
    {
        Spec spec = DockerLike();
        var ambient = CapabilitySet.Of("CAP_NET_BIND_SERVICE");
        Process process = spec.Process! with
        {
            User = new User
            {
                Uid = 33,
                Gid = 33,
                AdditionalGids = [33, 100],
                Umask = 0x1f,
            },
            NoNewPrivileges = true,
            Capabilities = new LinuxCapabilities
            {
                Bounding = ambient.ToNames(),
                Effective = ambient.ToNames(),
                Permitted = ambient.ToNames(),
                Inheritable = ambient.ToNames(),
                Ambient = ambient.ToNames(),
            },
            Rlimits =
            [
                new PosixRlimit
                {
                    Type = "RLIMIT_NOFILE",
                    Soft = 1024,
                    Hard = 4096,
                },
            ],
            OomScoreAdj = -500,
        };
        spec = spec with
        {
            Process = process,
            Root = new Oci.Root { Path = "rootfs", Readonly = true },
        };
        MonitorSettings monitor = Kept with
        {
            OnExitCommand = ["/usr/bin/containerps", "internal", "on-exit", "c0ffee"],
            EndWithStarter = true,
        };
        AssertGolden(
            ContainerPlanner.Plan(
                Request(spec, monitor: monitor) with
                {
                    Stdio = new StdioSettings { OpenStdin = true },
                },
                Facts("6.1", unified: true),
                V2Cgroup,
                new HandedOver { StarterPidfd = 23 },
                _filter
            ),
            "service-v2"
        );
    }

    [Fact]
    public void A_container_and_an_exec_on_a_host_with_AppArmor()
    {
        var hook = new Hook { Path = "/usr/bin/hook", Args = ["hook"] };
        Spec spec = DockerLike();
        spec = spec with
        {
            Process = spec.Process! with { ApparmorProfile = "containerps-default", SelinuxLabel = "is:not:here" },
            Hooks = new Hooks { CreateContainer = [hook] },
        };
        PlannerFacts facts = Facts() with { AppArmor = true };
        AssertGolden(ContainerPlanner.Plan(Request(spec, monitor: Kept), facts, V1Cgroup, new HandedOver { Go = 20 }, _filter), "apparmor");
        AssertGolden(ExecPlanner.Plan(ExecOf(spec), facts, V1Cgroup, new HandedOver { Container = 23 }, _filter), "apparmor-exec");
    }

    [Fact]
    public void A_container_and_an_exec_on_a_host_with_SELinux()
    {
        Spec spec = DockerLike();
        spec = spec with
        {
            Process = spec.Process! with { ApparmorProfile = "not-here", SelinuxLabel = "system_u:system_r:container_t:s0:c17,c902" },
            Mounts =
            [
                .. spec.Mounts!,
                new Mount
                {
                    Destination = "/dev/mqueue",
                    Type = "mqueue",
                    Source = "mqueue",
                },
            ],
            Linux = spec.Linux! with { MountLabel = "system_u:object_r:container_file_t:s0:c17,c902" },
        };
        PlannerFacts facts = Facts() with { SeLinux = true };
        AssertGolden(ContainerPlanner.Plan(Request(spec, monitor: Kept), facts, V1Cgroup, new HandedOver { Go = 20 }, _filter), "selinux");
        AssertGolden(
            ContainerPlanner.Plan(
                Request(spec, monitor: Kept),
                Facts("6.1", unified: true) with
                {
                    SeLinux = true,
                },
                V2Cgroup,
                new HandedOver(),
                _filter
            ),
            "selinux-old-kernel"
        );
        AssertGolden(ExecPlanner.Plan(ExecOf(spec), facts, V1Cgroup, new HandedOver { Container = 23 }, _filter), "selinux-exec");
    }

    [Fact]
    public void Labels_are_not_written_where_the_kernel_has_no_module_for_them()
    {
        Spec spec = DockerLike();
        Spec labelled = spec with
        {
            Process = spec.Process! with { ApparmorProfile = "p", SelinuxLabel = "l" },
            Linux = spec.Linux! with { MountLabel = "m" },
        };
        string Text(Spec of) => ContainerPlanner.Plan(Request(of, monitor: Kept), Facts(), V1Cgroup, new HandedOver(), _filter).ToText();
        Assert.Equal(Text(spec), Text(labelled));
    }

    [Fact]
    public void The_init_of_an_OCI_create_waits_until_it_is_recorded()
    {
        LaunchRequest request = Request(DockerLike()) with { ExecFifoPath = "/run/rt/exec.fifo" };
        string text = ContainerPlanner.Plan(request, Facts(), V1Cgroup, new HandedOver { Go = 20 }, _filter).ToText();
        string[] lines = [.. text.Split('\n').SkipWhile(line => !line.Contains("# the container is created", StringComparison.Ordinal))];
        Assert.Contains("waiting to be recorded", lines[1], StringComparison.Ordinal);
        Assert.Contains("waiting to be recorded", lines[2], StringComparison.Ordinal);
        Assert.Contains("waiting for start", lines[4], StringComparison.Ordinal);
        Assert.DoesNotContain(
            "waiting to be recorded",
            ContainerPlanner.Plan(request, Facts(), V1Cgroup, new HandedOver(), _filter).ToText(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void An_OCI_create_with_user_namespace_hooks_and_joined_namespaces()
    {
        Spec spec = DockerLike();
        var hook = new Hook
        {
            Path = "/usr/bin/hook",
            Args = ["hook", "now"],
            Timeout = 5,
        };
        spec = spec with
        {
            Hooks = new Hooks
            {
                CreateRuntime = [hook],
                CreateContainer = [hook],
                StartContainer = [hook],
            },
            Mounts =
            [
                .. spec.Mounts!.Where(mount => mount.Type is "proc" or "tmpfs"),
                new Mount
                {
                    Destination = "/tmp",
                    Type = "tmpfs",
                    Source = "tmpfs",
                    Options = ["tmpcopyup", "rslave"],
                },
            ],
            Linux = spec.Linux! with
            {
                Namespaces =
                [
                    .. NewNamespaces("pid", "ipc", "uts", "mount", "user"),
                    new LinuxNamespace { Type = "network", Path = "/proc/77/ns/net" },
                ],
                UidMappings =
                [
                    new LinuxIdMapping
                    {
                        ContainerID = 0,
                        HostID = 100000,
                        Size = 65536,
                    },
                ],
                GidMappings =
                [
                    new LinuxIdMapping
                    {
                        ContainerID = 0,
                        HostID = 100000,
                        Size = 65536,
                    },
                ],
                Sysctl = null,
            },
        };
        AssertGolden(
            ContainerPlanner.Plan(
                Request(spec, new RootFsSource.Directory("/bundle/rootfs", ReadOnly: false)) with
                {
                    ExecFifoPath = "/run/rt/exec.fifo",
                },
                Facts(),
                V1Cgroup,
                new HandedOver(),
                null
            ),
            "runtime-userns"
        );
    }

    [Fact]
    public void An_exec_into_a_container()
    {
        Spec spec = DockerLike();
        ExecRequest request = ExecOf(spec);
        AssertGolden(
            ExecPlanner.Plan(
                request,
                Facts(),
                V1Cgroup,
                new HandedOver
                {
                    Container = 30,
                    Stdin = 31,
                    Stdout = 32,
                    Stderr = 33,
                },
                _filter
            ),
            "exec-v1"
        );
    }

    private static ExecRequest ExecOf(Spec spec) =>
        new()
        {
            ContainerId = "c0ffee",
            ContainerPid = 1234,
            ContainerStartTicks = 5678,
            Spec = spec,
            Process = spec.Process! with { Args = ["/bin/true"], Cwd = "/" },
        };
}
