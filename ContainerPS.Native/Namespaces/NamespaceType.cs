using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Namespaces;

/// <summary>One kind of namespace by its three names: runtime-spec's, the flag of clone3, the entry below <c>/proc/PID/ns</c>.</summary>
/// <remarks>
/// <see cref="OciName"/>: "network", "mount"; <see cref="ProcName"/>: "net", "mnt"; <see cref="CloneFlag"/>: CLONE_NEWNET.
/// </remarks>
public sealed record NamespaceType(string OciName, string ProcName, ulong CloneFlag)
{
    public static NamespaceType User { get; } = new("user", "user", CLONE_NEWUSER);

    public static NamespaceType Pid { get; } = new("pid", "pid", CLONE_NEWPID);

    public static NamespaceType Mount { get; } = new("mount", "mnt", CLONE_NEWNS);

    public static NamespaceType Network { get; } = new("network", "net", CLONE_NEWNET);

    public static NamespaceType Ipc { get; } = new("ipc", "ipc", CLONE_NEWIPC);

    public static NamespaceType Uts { get; } = new("uts", "uts", CLONE_NEWUTS);

    public static NamespaceType Cgroup { get; } = new("cgroup", "cgroup", CLONE_NEWCGROUP);

    /// <summary>Linux 5.6.</summary>
    public static NamespaceType Time { get; } = new("time", "time", CLONE_NEWTIME);

    /// <summary>In the order in which they are joined: the user namespace first, since it gives the right to join the others.</summary>
    public static IReadOnlyList<NamespaceType> All { get; } = [User, Pid, Mount, Network, Ipc, Uts, Cgroup, Time];

    /// <summary>Null when runtime-spec knows no namespace of that name.</summary>
    public static NamespaceType? FromOciName(string name) => All.FirstOrDefault(type => type.OciName == name);

    /// <summary><c>/proc/PID/ns/NAME</c>.</summary>
    public string PathOf(int pid) => $"/proc/{pid}/ns/{ProcName}";

    public override string ToString() => OciName;
}
