using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Containers;

/// <summary>What a definition says is what a process in the container sees.</summary>
[Collection(KernelTests.Name)]
public sealed class ContainersDefinedTests : IDisposable
{
    private readonly TestStore _store = new();

    private ContainerEngine Engine => _store.Engine;

    public void Dispose() => _store.Dispose();

    [SkippableFact]
    public void Host_name_environment_directory_and_home()
    {
        TestStore.NeedsRoot();
        IReadOnlyList<string> lines = Run(
            "hostname; cat /etc/hostname; echo $A; echo $HOSTNAME; pwd; echo $HOME",
            d =>
                d with
                {
                    Hostname = "inside",
                    Env = new Dictionary<string, string?> { ["A"] = "b c" },
                    WorkingDir = "/usr/lib",
                }
        );

        Assert.Equal(["inside", "inside", "b c", "inside", "/usr/lib", "/root"], lines);
    }

    [SkippableFact]
    public void The_user_is_looked_up_in_the_container()
    {
        TestStore.NeedsRoot();
        Assert.Equal(["65534:65534"], Run("echo $(id -u):$(id -g)", d => d with { User = "nobody" }));
        Assert.Equal(["12345:54321"], Run("echo $(id -u):$(id -g)", d => d with { User = "12345:54321" }));
    }

    [SkippableFact]
    public void An_unknown_user_is_refused_and_nothing_is_left()
    {
        TestStore.NeedsRoot();
        EngineException failure = Assert.ThrowsAny<EngineException>(() =>
            Engine.Containers.Run(TestStore.Shell("true") with { User = "nosuchuser" })
        );

        Assert.Contains("nosuchuser", failure.Message, StringComparison.Ordinal);
        Assert.Empty(Engine.Containers.List());
    }

    [SkippableFact]
    public void A_read_only_root_is_not_written_but_its_mounts_are()
    {
        TestStore.NeedsRoot();
        IReadOnlyList<string> lines = Run(
            "touch /x 2>/dev/null || echo refused; touch /tmp/x && echo made",
            d => d with { ReadOnly = true, Mounts = [new Mount { Type = MountType.Tmpfs, Destination = "/tmp" }] }
        );

        Assert.Equal(["refused", "made"], lines);
    }

    [SkippableFact]
    public void Bind_mounts_are_seen_and_kept_from_writing_where_asked()
    {
        TestStore.NeedsRoot();
        DirectoryInfo source = Directory.CreateTempSubdirectory("containerps-test-");
        try
        {
            File.WriteAllText(source.FullName + "/file", "from the host\n");
            IReadOnlyList<string> lines = Run(
                "cat /in/file; touch /ro/x 2>/dev/null || echo refused; echo back > /in/answer",
                d =>
                    d with
                    {
                        Mounts =
                        [
                            new Mount { Source = source.FullName, Destination = "/in" },
                            new Mount
                            {
                                Source = source.FullName,
                                Destination = "/ro",
                                ReadOnly = true,
                            },
                        ],
                    }
            );

            Assert.Equal(["from the host", "refused"], lines);
            Assert.Equal("back\n", File.ReadAllText(source.FullName + "/answer"));
        }
        finally
        {
            source.Delete(recursive: true);
        }
    }

    [SkippableFact]
    public void Capabilities_are_the_usual_ones_less_what_is_dropped()
    {
        TestStore.NeedsRoot();
        const string show = "grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status | awk '{print $2}'";

        Assert.Equal(["00000000a80425fb", "0", "2"], Run(show));
        Assert.Equal(
            ["0000000000000400", "1", "0"],
            Run(show, d => d with { CapDrop = ["ALL"], CapAdd = ["NET_BIND_SERVICE"], NoNewPrivileges = true, Seccomp = "unconfined" })
        );
    }

    [SkippableFact]
    public void The_network_is_none_or_the_hosts_or_another_containers()
    {
        TestStore.NeedsRoot();
        IReadOnlyList<string> own = Run(
            "readlink /proc/self/ns/net; grep -c : /proc/net/dev; cat /sys/class/net/lo/operstate 2>/dev/null; ls /sys/class/net"
        );
        Assert.NotEqual(new FileInfo("/proc/self/ns/net").LinkTarget, own[0]);
        Assert.Equal("lo", own[^1]);

        Assert.Equal(
            [new FileInfo("/proc/self/ns/net").LinkTarget!],
            Run("readlink /proc/self/ns/net", d => d with { NetworkMode = "host" })
        );

        Container other = _store.Ready(TestStore.Idle("other"));
        Assert.Equal(
            [new FileInfo($"/proc/{other.Pid}/ns/net").LinkTarget!, new FileInfo($"/proc/{other.Pid}/ns/pid").LinkTarget!],
            Run(
                "readlink /proc/self/ns/net /proc/self/ns/pid",
                d => d with { NetworkMode = "container:other", PidMode = "container:other" }
            )
        );
    }

    [SkippableFact]
    public void Joining_a_container_that_does_not_run_is_refused()
    {
        TestStore.NeedsRoot();
        Engine.Containers.Create(TestStore.Idle("other"));
        Container container = Engine.Containers.Create(TestStore.Idle() with { NetworkMode = "container:other" });

        Assert.Equal(
            ErrorIds.ContainerNotRunning,
            Assert.Throws<ContainerStateException>(() => Engine.Containers.Start(container)).ErrorId
        );
        Assert.Equal(ContainerState.Created, container.State);
    }

    [SkippableFact]
    public void Processes_that_share_the_hosts_pids_end_with_their_container()
    {
        TestStore.NeedsRoot();
        Container container = _store.Ready(
            TestStore.Shell("sleep 300 & echo $!; trap 'exit 0' TERM; while :; do sleep 0.05; done") with
            {
                PidMode = "host",
            }
        );
        int left = int.Parse(Engine.Containers.ReadLog(container).First().Message, System.Globalization.CultureInfo.InvariantCulture);
        Engine.Containers.Stop(container, Eventually.Bound);

        Engine.Containers.Remove(container);

        Eventually.True(() => !Directory.Exists($"/proc/{left}"), "the end of the process that was left behind");
    }

    [SkippableFact]
    public void Resource_limits_and_kernel_settings_are_set()
    {
        TestStore.NeedsRoot();
        IReadOnlyList<string> lines = Run(
            "ulimit -n; cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/shm_rmid_forced; "
                + "df -k /dev/shm | tail -1 | awk '{print $2}'",
            d =>
                d with
                {
                    Ulimits = [new Ulimit("nofile", 123, 456)],
                    Sysctls = new Dictionary<string, string> { ["kernel.shm_rmid_forced"] = "1" },
                    ShmSize = 1 << 20,
                }
        );

        Assert.Equal(["123", "0", "1", "1024"], lines);
    }

    [SkippableFact]
    public void A_device_is_there_when_it_is_given()
    {
        TestStore.NeedsRoot();
        Assert.Equal(
            ["0"],
            Run("head -c 1 /dev/given | wc -c", d => d with { Devices = [new ContainerDevice("/dev/null", "/dev/given")] })
        );
    }

    [SkippableFact]
    public void Kernel_files_that_tell_of_the_host_are_hidden()
    {
        TestStore.NeedsRoot();
        Assert.Equal(
            ["0", "refused"],
            Run("cat /proc/keys /proc/timer_list 2>/dev/null | wc -c; echo 1 2>/dev/null > /proc/sys/kernel/panic || echo refused")
        );
    }

    [SkippableFact]
    public void Name_servers_and_hosts_are_as_given()
    {
        TestStore.NeedsRoot();
        IReadOnlyList<string> lines = Run(
            "cat /etc/resolv.conf; grep 192.0.2.7 /etc/hosts",
            d => d with { Dns = ["192.0.2.1"], DnsSearch = ["example.org"], DnsOptions = ["ndots:2"], ExtraHosts = ["db:192.0.2.7"] }
        );

        Assert.Equal(["nameserver 192.0.2.1", "search example.org", "options ndots:2", "192.0.2.7\tdb"], lines);
    }

    [SkippableFact]
    public void An_OCI_bundle_runs_on_a_copy_of_its_root()
    {
        TestStore.NeedsRoot();
        DirectoryInfo bundle = Directory.CreateTempSubdirectory("containerps-test-");
        try
        {
            Container first = Engine.Containers.Create(TestStore.Shell("echo from the bundle"));
            Engine.Containers.Start(first);
            Engine.Containers.Wait(first, Eventually.Bound);
            string spec = File.ReadAllText(first.BundlePath + "/config.json")
                .Replace("\"path\":\"rootfs\"", "\"path\":\"/\"", StringComparison.Ordinal);
            File.WriteAllText(bundle.FullName + "/config.json", spec);
            using ContainerRun run = Engine.Containers.Run(new ContainerDefinition { OciSpecPath = bundle.FullName });

            Assert.Equal(["from the bundle"], run.Wait().Stdout);
        }
        finally
        {
            bundle.Delete(recursive: true);
        }
    }

    [SkippableFact]
    public void A_privileged_container_has_every_capability_and_the_hosts_devices()
    {
        TestStore.NeedsRoot();
        IReadOnlyList<string> lines = Run(
            "grep CapBnd: /proc/self/status; find /dev -xdev \\( -type b -o -type c \\) -exec stat -c '%n %f %t:%T' {} +",
            d => d with { Privileged = true }
        );

        Assert.Equal(File.ReadLines("/proc/self/status").Single(line => line.StartsWith("CapBnd:", StringComparison.Ordinal)), lines[0]);
        Assert.Equal(HostsDevices(), lines.Skip(1).Where(line => !IsItsOwn(line.Split(' ')[0])).Order(StringComparer.Ordinal));
    }

    /// <summary>Path, type and mode, major and minor number of each device node of the host, as stat(1) prints them.</summary>
    private static IEnumerable<string> HostsDevices() =>
        Directory
            // Behind links there are no devices of /dev, but the descriptors of this process (/dev/fd), which come and go.
            .EnumerateFiles(
                "/dev",
                "*",
                new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }
            )
            .Where(path => !IsItsOwn(path))
            .Select(path => (Path: path, Status: Files.Status(path)))
            .Where(node => node.Status.IsBlockDevice || node.Status.IsCharacterDevice)
            .Select(node => $"{node.Path} {node.Status.Mode:x} {node.Status.DeviceMajor:x}:{node.Status.DeviceMinor:x}")
            .Order(StringComparer.Ordinal);

    /// <summary>A container's terminals, queues and shared memory are never the host's.</summary>
    private static bool IsItsOwn(string path) =>
        path is "/dev/console" or "/dev/ptmx"
        || ((string[])["/dev/pts/", "/dev/shm/", "/dev/mqueue/"]).Any(own => path.StartsWith(own, StringComparison.Ordinal));

    [SkippableFact]
    public void A_container_that_is_not_privileged_has_the_usual_capabilities_and_devices()
    {
        TestStore.NeedsRoot();
        IReadOnlyList<string> lines = Run("grep CapBnd: /proc/self/status; find /dev -xdev \\( -type b -o -type c \\) | sort");

        Assert.Equal("CapBnd:\t00000000a80425fb", lines[0]);
        Assert.Equal(
            ["/dev/full", "/dev/null", "/dev/random", "/dev/tty", "/dev/urandom", "/dev/zero"],
            lines.Skip(1).Where(line => !IsItsOwn(line))
        );
    }

    private IReadOnlyList<string> Run(string script, Func<ContainerDefinition, ContainerDefinition>? change = null)
    {
        ContainerDefinition definition = TestStore.Shell(script);
        using ContainerRun run = Engine.Containers.Run(change is null ? definition : change(definition));
        ExecResult result = run.Wait();
        Assert.True(result.Stderr.Count == 0, string.Join('\n', result.Stderr));
        return result.Stdout;
    }
}
