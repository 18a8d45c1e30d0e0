using System.Globalization;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>Asks the host what the planner wants to know; what cannot change while it runs is asked once.</summary>
internal static class HostFactsReader
{
    private static readonly Lazy<int> s_lastCapability = new(() => ReadNumber("/proc/sys/kernel/cap_last_cap"));

    private static readonly Lazy<bool> s_appArmor = new(() => Files.Exists("/sys/kernel/security/apparmor"));

    private static readonly Lazy<bool> s_seLinux = new(() => Files.Exists("/sys/fs/selinux/enforce"));

    public static PlannerFacts Read(Spec spec, Cgroup? cgroup)
    {
        var host = (spec.Mounts ?? []).Any(mount => mount.Type is "cgroup" or "cgroup2") ? cgroup?.Host ?? CgroupHost.Detect() : cgroup?.Host;
        return new PlannerFacts
        {
            Kernel = HostFacts.Kernel,
            LastCapability = s_lastCapability.Value,
            OomScoreAdjust = ReadNumber("/proc/self/oom_score_adj"),
            UnifiedCgroups = host?.Version == CgroupVersion.V2,
            Hierarchies = host is null ? [] : [.. host.Hierarchies.Where(hierarchy => !hierarchy.IsUnified).Select(Describe)],
            KindOf = KindOf,
            AppArmor = s_appArmor.Value,
            SeLinux = s_seLinux.Value,
        };
    }

    /// <summary>
    /// How the container's processes enter their cgroup and where it lies. A cgroup that is still being made has no directories to ask for: then every
    /// hierarchy may have one.
    /// </summary>
    public static CgroupEntry EntryOf(Cgroup? cgroup, bool pending = false)
    {
        if (cgroup is null)
        {
            return CgroupEntry.None;
        }
        var directories = cgroup.Host.Hierarchies.ToDictionary(NameOf, hierarchy => hierarchy.PathOf(cgroup.Path));
        if (cgroup.Host.Version == CgroupVersion.V2)
        {
            return new CgroupEntry { V2Directory = cgroup.Host.Unified!.PathOf(cgroup.Path), OomPath = $"{cgroup.Host.Unified.PathOf(cgroup.Path)}/memory.events" };
        }
        return new CgroupEntry
        {
            JoinFiles = pending ? [.. cgroup.Host.Hierarchies.Select(hierarchy => $"{directories[NameOf(hierarchy)]}/{(hierarchy.IsUnified ? "cgroup.procs" : "tasks")}")] : cgroup.JoinFiles,
            MayBeMissing = pending,
            V1Directories = directories,
            OomPath = cgroup.Host.HierarchyOf("memory") is { } memory ? $"{memory.PathOf(cgroup.Path)}/memory.oom_control" : null,
        };
    }

    /// <summary>A path of the host, links followed: the mount's source is what they lead to.</summary>
    private static HostPathKind KindOf(string path)
    {
        if (!Files.TryStatusAt(FileDescriptor.CurrentDirectory, path, out var status, followSymlink: true))
        {
            return HostPathKind.Missing;
        }
        return status.IsDirectory ? HostPathKind.Directory : HostPathKind.File;
    }

    private static V1Hierarchy Describe(CgroupHierarchy hierarchy) =>
        new(NameOf(hierarchy), hierarchy.Controllers.Count > 0 ? hierarchy.Controllers : [$"name={NameOf(hierarchy)}", "none"]);

    private static string NameOf(CgroupHierarchy hierarchy) => Path.GetFileName(hierarchy.MountPoint);

    private static int ReadNumber(string path) => int.Parse(Files.ReadAllText(path).AsSpan().Trim(), CultureInfo.InvariantCulture);
}
