using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Cgroups;

/// <summary>What helps when a control file refuses a value.</summary>
internal static class CgroupHints
{
    public static string? ForWrite(string file, int errno) =>
        errno switch
        {
            EBUSY when file.Contains("/memory.", StringComparison.Ordinal) =>
                "It uses more than that, and the kernel cannot reclaim enough. Choose a higher limit, or stop something inside first.",
            EBUSY when file.EndsWith("cgroup.subtree_control", StringComparison.Ordinal) =>
                "Processes live in that group itself (cgroups(7), no internal processes). Move them to a group below it.",
            EBUSY => "The group is in use. Try again when its processes are gone.",
            ENOENT => "This kernel has no such file: it is too old, or was built without the feature.",
            EACCES or EPERM or EROFS =>
                "This part of the tree is not ours to write. Run as root, or in a delegated group (systemd: Delegate=yes).",
            ENOSPC when file.Contains("cpuset", StringComparison.Ordinal) =>
                "The group would be left without a processor or a memory node.",
            ENODEV or ENXIO => "There is no such block device; a partition cannot be limited, name the whole disk.",
            EINVAL when file.Contains("cpuset", StringComparison.Ordinal) =>
                "The group above does not have these processors or memory nodes.",
            EINVAL when file.Contains("cfs_", StringComparison.Ordinal) => "It must fit into the quota of the group above.",
            EOPNOTSUPP => "The kernel or the device does not support it.",
            _ => null,
        };

    public static string MountHint(string controller) =>
        $"Mount it: mkdir -p /sys/fs/cgroup/{controller} && mount -t cgroup -o {controller} cgroup /sys/fs/cgroup/{controller}";
}
