namespace ContainerPS.Engine.Containers.Security;

/// <summary>
/// The AppArmor profile of containers, after the rules that Docker documents for its default profile. It stands behind what namespaces,
/// capabilities, masked paths and seccomp do already: a process that gains a capability by a fault of the kernel still may not mount,
/// trace a process of the host or write to the host's settings in /proc and /sys.
/// </summary>
internal static class AppArmorProfile
{
    public const string Name = "containerps-default";

    /// <summary>
    /// For apparmor_parser. It includes nothing: /etc/apparmor.d need not be there. A deny rule wins over every other one (man 5
    /// apparmor.d), so what is allowed in general stands first.
    /// </summary>
    public const string Text = """
        profile containerps-default flags=(attach_disconnected,mediate_deleted) {
          # What the container's own limits decide on.
          network,
          capability,
          file,
          umount,

          # Signals: from the host, whose processes are not confined, and within containers.
          signal (receive) peer=unconfined,
          signal (send, receive) peer=containerps-default,

          # Tracing and reading of other processes: within containers only.
          ptrace (trace, read, tracedby, readby) peer=containerps-default,

          # The host's mount table is reached through file descriptors and namespaces that a container must not have.
          deny mount,

          # Files directly in /proc: none is the container's own.
          deny /proc/* w,
          # Directories of /proc that are neither a process (a number) nor sys.
          deny /proc/{[^1-9],[^1-9][^0-9],[^1-9s][^0-9y][^0-9s],[^1-9][^0-9][^0-9][^0-9]*}/** w,
          # Settings of the kernel, but for the shared memory limits (kernel/shm*), which belong to the IPC namespace.
          deny /proc/sys/[^k]** w,
          deny /proc/sys/kernel/{?,??,[^s][^h][^m]**} w,
          deny /proc/sysrq-trigger rwklx,
          deny /proc/kcore rwklx,

          # /sys, but for reading. What lies at /sys/fs/cgroup is the container's own group, read-only unless it is privileged.
          deny /sys/[^f]*/** wklx,
          deny /sys/f[^s]*/** wklx,
          deny /sys/fs/[^c]*/** wklx,
          deny /sys/fs/c[^g]*/** wklx,
          deny /sys/fs/cg[^r]*/** wklx,
          deny /sys/firmware/** rwklx,
          deny /sys/devices/virtual/powercap/** rwklx,
          deny /sys/kernel/security/** rwklx,
        }

        """;
}
