using System.Runtime.CompilerServices;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Launch.Planner;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Tests.Planner;

/// <summary>An invented host and the specs that golden plans are made of.</summary>
internal static class PlannerFixture
{
    private static readonly string[] _directories =
    [
        "/proc/acpi",
        "/proc/bus",
        "/proc/fs",
        "/proc/irq",
        "/proc/sys",
        "/sys/firmware",
        "/data",
    ];
    private static readonly string[] _files = ["/proc/keys", "/proc/timer_list", "/proc/sysrq-trigger", "/run/c/hosts"];

    public static PlannerFacts Facts(string kernel = "6.12", bool unified = false) =>
        new()
        {
            Kernel = new Version(kernel),
            LastCapability = 40,
            OomScoreAdjust = 0,
            UnifiedCgroups = unified,
            Hierarchies = unified
                ? []
                :
                [
                    new V1Hierarchy("cpu,cpuacct", ["cpu", "cpuacct"]),
                    new V1Hierarchy("memory", ["memory"]),
                    new V1Hierarchy("systemd", ["name=systemd", "none"]),
                ],
            IsDumpableAs = _ => false,
            KindOf = path =>
                _directories.Contains(path) ? HostPathKind.Directory
                : _files.Contains(path) ? HostPathKind.File
                : HostPathKind.Missing,
        };

    public static CgroupEntry V1Cgroup { get; } =
        new()
        {
            JoinFiles = ["/sys/fs/cgroup/cpu,cpuacct/c/tasks", "/sys/fs/cgroup/memory/c/tasks"],
            Directories = ["/sys/fs/cgroup/memory/c", "/sys/fs/cgroup/cpu,cpuacct/c"],
            OomPath = "/sys/fs/cgroup/memory/c/memory.oom_control",
        };

    public static CgroupEntry V2Cgroup { get; } =
        new()
        {
            V2Directory = "/sys/fs/cgroup/c",
            Directories = ["/sys/fs/cgroup/c"],
            OomPath = "/sys/fs/cgroup/c/memory.events",
        };

    public static RootFsSource Overlay { get; } =
        new RootFsSource.Overlay(
            ["/store/layers/b/fs", "/store/layers/a/fs"],
            "/store/c/upper",
            "/store/c/work",
            Volatile: false,
            UserXattr: false
        );

    public static MonitorSettings Kept { get; } =
        new()
        {
            RunDirectory = "/run/c",
            DurableDirectory = "/store/c",
            LogDirectory = "/store/c/log",
            Events = new EventSettings("/store/events", "\"id\":\"c0ffee\""),
            Run = 1,
        };

    public static Mount[] DockerMounts { get; } =
    [
        new()
        {
            Destination = "/proc",
            Type = "proc",
            Source = "proc",
            Options = ["nosuid", "noexec", "nodev"],
        },
        new()
        {
            Destination = "/dev",
            Type = "tmpfs",
            Source = "tmpfs",
            Options = ["nosuid", "strictatime", "mode=755", "size=65536k"],
        },
        new()
        {
            Destination = "/dev/pts",
            Type = "devpts",
            Source = "devpts",
            Options = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
        },
        new()
        {
            Destination = "/sys",
            Type = "sysfs",
            Source = "sysfs",
            Options = ["nosuid", "noexec", "nodev", "ro"],
        },
        new()
        {
            Destination = "/sys/fs/cgroup",
            Type = "cgroup",
            Source = "cgroup",
            Options = ["nosuid", "noexec", "nodev", "ro"],
        },
        new()
        {
            Destination = "/etc/hosts",
            Type = "bind",
            Source = "/run/c/hosts",
            Options = ["rbind", "rprivate"],
        },
        new()
        {
            Destination = "/data",
            Type = "bind",
            Source = "/data",
            Options = ["bind", "ro", "nosuid"],
        },
    ];

    public static LinuxNamespace[] NewNamespaces(params string[] types) => [.. types.Select(type => new LinuxNamespace { Type = type })];

    public static Spec DockerLike() =>
        new()
        {
            OciVersion = "1.2.0",
            Hostname = "web",
            Process = new Process
            {
                Args = ["httpd", "-f"],
                Cwd = "/srv/www",
                Env = ["PATH=/usr/bin:/bin", "HOME=/root"],
                User = new User(),
                Capabilities = Capabilities(CapabilitySet.DockerDefault),
            },
            Mounts = DockerMounts,
            Linux = new Oci.Linux
            {
                Namespaces = NewNamespaces("pid", "network", "ipc", "uts", "mount", "cgroup"),
                MaskedPaths = ["/proc/acpi", "/proc/asound", "/proc/keys", "/proc/timer_list", "/sys/firmware"],
                ReadonlyPaths = ["/proc/bus", "/proc/sys", "/proc/sysrq-trigger"],
                Sysctl = new Dictionary<string, string> { ["net.ipv4.ip_unprivileged_port_start"] = "0" },
            },
        };

    public static LinuxCapabilities Capabilities(CapabilitySet set) =>
        new()
        {
            Bounding = set.ToNames(),
            Effective = set.ToNames(),
            Permitted = set.ToNames(),
        };

    public static LaunchRequest Request(Spec spec, RootFsSource? root = null, MonitorSettings? monitor = null) =>
        new()
        {
            ContainerId = "c0ffee",
            Spec = spec,
            RootFs = root ?? Overlay,
            BundlePath = "/bundle",
            Monitor = monitor,
        };

    /// <summary>Compares a plan with its file; CONTAINERPS_UPDATE_GOLDEN=1 writes the file in the source tree instead.</summary>
    public static void AssertGolden(PlanBuilder plan, string name, [CallerFilePath] string source = "")
    {
        string text = plan.ToText();
        if (Environment.GetEnvironmentVariable("CONTAINERPS_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(Path.Combine(Path.GetDirectoryName(source)!, "Golden", name + ".txt"), text);
        }
        else
        {
            Assert.Equal(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Planner", "Golden", name + ".txt")), text);
        }

        Assert.True(plan.Build().Block.Length > 0);
    }
}
