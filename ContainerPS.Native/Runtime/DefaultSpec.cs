using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Runtime;

/// <summary>What `containerps spec` writes: a shell in a read-only root file system, for every runtime alike (no terminal).</summary>
public static class DefaultSpec
{
    private static readonly string[] _capabilities = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];

    public static Spec Make() =>
        new()
        {
            OciVersion = OciVersions.Current,
            Process = new Process
            {
                User = new User(),
                Args = ["sh"],
                Env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
                Cwd = "/",
                Capabilities = new LinuxCapabilities
                {
                    Bounding = _capabilities,
                    Effective = _capabilities,
                    Permitted = _capabilities,
                },
                Rlimits =
                [
                    new PosixRlimit
                    {
                        Type = "RLIMIT_NOFILE",
                        Hard = 1024,
                        Soft = 1024,
                    },
                ],
                NoNewPrivileges = true,
            },
            Root = new Root { Path = "rootfs", Readonly = true },
            Hostname = "containerps",
            Mounts = Mounts(),
            Linux = new Oci.Linux
            {
                Resources = new LinuxResources { Devices = [new LinuxDeviceCgroup { Allow = false, Access = "rwm" }] },
                Namespaces =
                [
                    .. ((string[])["pid", "network", "ipc", "uts", "mount", "cgroup"]).Select(type => new LinuxNamespace { Type = type }),
                ],
                MaskedPaths =
                [
                    "/proc/acpi",
                    "/proc/asound",
                    "/proc/kcore",
                    "/proc/keys",
                    "/proc/latency_stats",
                    "/proc/timer_list",
                    "/proc/timer_stats",
                    "/proc/sched_debug",
                    "/proc/scsi",
                    "/sys/firmware",
                    "/sys/devices/virtual/powercap",
                ],
                ReadonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
            },
        };

    private static Mount[] Mounts() =>
        [
            At("/proc", "proc", "proc"),
            At("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
            At("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
            At("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
            At("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
            At("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
            At("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro"),
        ];

    private static Mount At(string destination, string type, string source, params string[] options) =>
        new()
        {
            Destination = destination,
            Type = type,
            Source = source,
            Options = options.Length == 0 ? null : options,
        };
}
