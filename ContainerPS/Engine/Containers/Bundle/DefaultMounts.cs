using System.Globalization;
using Oci = ContainerPS.Native.Oci;

namespace ContainerPS.Engine.Containers.Bundle;

/// <summary>
/// The file systems that every container has (runtime-spec config-linux.md "Default Filesystems"), as Docker mounts them.
/// </summary>
internal static class DefaultMounts
{
    private static readonly Oci.Mount Proc = Of("/proc", "proc", "proc", "nosuid", "noexec", "nodev");
    private static readonly Oci.Mount Dev = Of("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k");
    private static readonly Oci.Mount Pts = Of(
        "/dev/pts",
        "devpts",
        "devpts",
        "nosuid",
        "noexec",
        "newinstance",
        "ptmxmode=0666",
        "mode=0620",
        "gid=5"
    );
    private static readonly Oci.Mount Mqueue = Of("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev");
    private static readonly Oci.Mount SysReadOnly = Of("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro");
    private static readonly Oci.Mount SysWritable = Of("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev");
    private static readonly Oci.Mount CgroupReadOnly = Of("/sys/fs/cgroup", "cgroup", "cgroup", "ro", "nosuid", "noexec", "nodev");
    private static readonly Oci.Mount CgroupWritable = Of("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev");
    private static readonly Oci.Mount DefaultShm = Shm(64 * 1024 * 1024);

    /// <summary>
    /// In the order in which they are mounted; <paramref name="shmSource"/> is a directory to use as /dev/shm in place of one's own.
    /// </summary>
    public static IEnumerable<Oci.Mount> For(ContainerDefinition definition, string? shmSource) =>
        [
            Proc,
            Dev,
            Pts,
            definition.Privileged ? SysWritable : SysReadOnly,
            definition.Privileged ? CgroupWritable : CgroupReadOnly,
            Mqueue,
            shmSource is not null ? Of("/dev/shm", "bind", shmSource, "bind", "nosuid", "noexec", "nodev")
            : definition.ShmSize == 64 * 1024 * 1024 ? DefaultShm
            : Shm(definition.ShmSize),
        ];

    private static Oci.Mount Shm(long size) =>
        Of(
            "/dev/shm",
            "tmpfs",
            "shm",
            "nosuid",
            "noexec",
            "nodev",
            "mode=1777",
            string.Create(CultureInfo.InvariantCulture, $"size={size}")
        );

    private static Oci.Mount Of(string destination, string type, string source, params string[] options) =>
        new()
        {
            Destination = destination,
            Type = type,
            Source = source,
            Options = options,
        };
}
