using System.Collections.Frozen;
using System.Globalization;
using System.Runtime.CompilerServices;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>Asks the host what the planner wants to know; what cannot change while it runs is asked once.</summary>
internal static class HostFactsReader
{
    private static readonly Lazy<int> _lastCapability = new(() => ReadNumber("/proc/sys/kernel/cap_last_cap"));

    private static readonly Lazy<bool> _appArmor = new(() => SecurityModules.HasAppArmor);

    private static readonly Lazy<bool> _seLinux = new(() => SecurityModules.HasSeLinux);

    /// <summary>
    /// What code that cannot be a module makes when the kernel boots, or never (each lookup in vain in procfs costs 3 us). What a module or
    /// a device may bring later, /proc/asound, /proc/scsi and powercap among it, is looked for at each start: the start after must mask it.
    /// </summary>
    private static readonly FrozenDictionary<string, Lazy<HostPathKind>> _builtIn = new[]
    {
        "/proc/acpi",
        "/proc/bus",
        "/proc/fs",
        "/proc/interrupts",
        "/proc/irq",
        "/proc/kcore",
        "/proc/keys",
        "/proc/latency_stats",
        "/proc/sched_debug",
        "/proc/sys",
        "/proc/sysrq-trigger",
        "/proc/timer_list",
        "/proc/timer_stats",
        "/sys/firmware",
    }.ToFrozenDictionary(
        path => path,
        path => new Lazy<HostPathKind>(() => Look(path), LazyThreadSafetyMode.PublicationOnly),
        StringComparer.Ordinal
    );

    private static readonly ConditionalWeakTable<CgroupHost, V1Hierarchy[]> _hierarchies = [];

    public static PlannerFacts Read(Spec spec, Cgroup? cgroup)
    {
        CgroupHost? host = (spec.Mounts ?? []).Any(mount => mount.Type is "cgroup" or "cgroup2")
            ? cgroup?.Host ?? CgroupHost.Detect()
            : cgroup?.Host;
        return new PlannerFacts
        {
            Kernel = HostFacts.Kernel,
            LastCapability = _lastCapability.Value,
            OomScoreAdjust = ReadNumber("/proc/self/oom_score_adj"),
            UnifiedCgroups = host?.Version == CgroupVersion.V2,
            Hierarchies = host is null
                ? []
                : _hierarchies.GetValue(
                    host,
                    static known => [.. known.Hierarchies.Where(hierarchy => !hierarchy.IsUnified).Select(Describe)]
                ),
            KindOf = KindOf,
            IsDumpableAs = IsDumpableAs,
            ShowsPlans = false,
            AppArmor = _appArmor.Value,
            SeLinux = _seLinux.Value,
        };
    }

    /// <summary>The SELinux label that the spec wants for its file systems; null where the kernel has no SELinux.</summary>
    public static string? MountLabelOf(Spec spec) => _seLinux.Value && spec.Linux?.MountLabel is { Length: > 0 } label ? label : null;

    /// <summary>
    /// How the container's processes enter their cgroup and where it lies. A cgroup that is still being made, or that nobody wants to look
    /// at, may have a directory in every hierarchy.
    /// </summary>
    public static CgroupEntry EntryOf(Cgroup? cgroup, bool mayMiss = false)
    {
        CgroupEntry entry = WayInto(cgroup, mayMiss);
        if (cgroup is null)
        {
            return entry;
        }

        (CgroupHost? host, string? path) = (cgroup.Host, cgroup.Path);
        if (entry.V2Directory is { } directory)
        {
            return entry with { Directories = [directory], OomPath = $"{directory}/memory.events" };
        }

        return entry with
        {
            V1DirectoryOf = name => host.Hierarchies.FirstOrDefault(hierarchy => hierarchy.DirectoryName == name)?.PathOf(path),
            Directories =
            [
                .. host
                    .Hierarchies.OrderByDescending(hierarchy => hierarchy == host.HierarchyOf("freezer"))
                    .Select(hierarchy => hierarchy.PathOf(path)),
            ],
            OomPath = host.HierarchyOf("memory") is { } memory ? $"{memory.PathOf(path)}/memory.oom_control" : null,
        };
    }

    /// <summary>Only how processes enter the cgroup.</summary>
    public static CgroupEntry WayInto(Cgroup? cgroup, bool mayMiss = false)
    {
        if (cgroup is null)
        {
            return CgroupEntry.None;
        }

        (CgroupHost? host, string? path) = (cgroup.Host, cgroup.Path);
        if (host.Version == CgroupVersion.V2)
        {
            return new CgroupEntry { V2Directory = host.Unified!.PathOf(path) };
        }

        return new CgroupEntry
        {
            JoinFiles = mayMiss
                ? Array.ConvertAll(
                    [.. host.Hierarchies],
                    hierarchy => hierarchy.PathOf(path) + (hierarchy.IsUnified ? "/cgroup.procs" : "/tasks")
                )
                : cgroup.JoinFiles,
            MayBeMissing = mayMiss,
        };
    }

    /// <summary>A path of the host, links followed: the mount's source is what they lead to.</summary>
    private static HostPathKind KindOf(string path)
    {
        return _builtIn.TryGetValue(path, out Lazy<HostPathKind>? known) ? known.Value : Look(path);
    }

    private static HostPathKind Look(string path)
    {
        if (!Files.TryStatusAt(FileDescriptor.CurrentDirectory, path, out FileStatus status, followSymlink: true))
        {
            return HostPathKind.Missing;
        }

        return status.IsDirectory ? HostPathKind.Directory : HostPathKind.File;
    }

    /// <summary>Read at each change of user: an administrator may turn it on at any time.</summary>
    private static bool IsDumpableAs(User user) =>
        (user.Uid != geteuid() || user.Gid != getegid()) && ReadNumber("/proc/sys/fs/suid_dumpable") == 1;

    private static V1Hierarchy Describe(CgroupHierarchy hierarchy) =>
        new(hierarchy.DirectoryName, hierarchy.Controllers.Count > 0 ? hierarchy.Controllers : [$"name={hierarchy.DirectoryName}", "none"]);

    /// <summary>One read: procfs gives a number whole.</summary>
    private static int ReadNumber(string path)
    {
        Span<byte> text = stackalloc byte[32];
        using FileDescriptor file = Files.Open(path);
        return int.Parse(text[..file.Read(text)].TrimEnd((byte)'\n'), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
    }
}
