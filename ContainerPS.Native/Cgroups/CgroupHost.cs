using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Cgroups;

/// <summary>
/// The control groups of this host: which version, which controllers, where they are mounted. Detected once, then used to open and
/// create groups.
/// </summary>
/// <remarks>
/// Ordinary use: <c>CgroupHost host = CgroupHost.Detect(); Cgroup group = host.Create("/containerps/web"); group.Apply(resources);</c>.
/// Paths start at the mounted root of each hierarchy.
/// </remarks>
public sealed class CgroupHost
{
    private readonly Dictionary<string, CgroupHierarchy> _byController;
    private readonly Lazy<IReadOnlyList<CgroupControllerState>> _states;

    internal CgroupHost(
        CgroupVersion version,
        IReadOnlyList<CgroupHierarchy> hierarchies,
        Func<CgroupHost, IReadOnlyList<CgroupControllerState>> states
    )
    {
        Version = version;
        Hierarchies = hierarchies;
        Unified = hierarchies.FirstOrDefault(hierarchy => hierarchy.IsUnified);
        _byController = hierarchies
            .SelectMany(hierarchy => hierarchy.Controllers.Select(controller => (controller, hierarchy)))
            .ToDictionary(pair => pair.controller, pair => pair.hierarchy, StringComparer.Ordinal);
        _states = new(() => states(this));
    }

    public CgroupVersion Version { get; }

    public IReadOnlyList<CgroupHierarchy> Hierarchies { get; }

    /// <summary>The v2 hierarchy, on hybrid hosts too; null on a pure v1 host.</summary>
    public CgroupHierarchy? Unified { get; }

    /// <summary>Names of the controllers that can be used.</summary>
    public IReadOnlyList<string> Controllers => [.. _byController.Keys.Order(StringComparer.Ordinal)];

    /// <summary>All controllers that limits can ask for, with the reason where one is missing.</summary>
    public IReadOnlyList<CgroupControllerState> ControllerStates => _states.Value;

    /// <summary>Reads mountinfo and what the hierarchies tell.</summary>
    /// <exception cref="CgroupException">No control group hierarchy is mounted.</exception>
    public static CgroupHost Detect() =>
        CgroupDetection.Detect(
            MountTable.Read(fileSystemPrefix: "cgroup"),
            Files.ReadAllText("/proc/self/cgroup"),
            () => Files.ReadAllText("/proc/cgroups")
        );

    /// <summary>The hierarchy that a controller works in; null when it is not available.</summary>
    public CgroupHierarchy? HierarchyOf(string controller) => _byController.GetValueOrDefault(controller);

    public bool Has(string controller) => _byController.ContainsKey(controller);

    /// <summary>A group that exists, or that did: what is asked of it says so when it does not any more.</summary>
    public Cgroup Open(string path)
    {
        string group = CgroupPath.Normalize(path);
        return Version == CgroupVersion.V2 ? new V2.ControlGroup(this, group) : new V1.ControlGroup(this, group);
    }

    /// <summary>
    /// Makes a group, with those above it that are missing. Without <paramref name="controllers"/> it gets what accounting, freezing and
    /// the ordinary limits need; others (cpuset, hugetlb, rdma, network tags) are added when a limit asks for them, see
    /// <see cref="Cgroup.Apply"/>.
    /// </summary>
    /// <exception cref="CgroupException">It exists and holds processes (Busy), or may not be made here (NotDelegated).</exception>
    public Cgroup Create(string path, IEnumerable<string>? controllers = null)
    {
        Cgroup group = Open(path);
        group.Create(controllers);
        return group;
    }

    /// <summary>Throws what tells why a controller is missing.</summary>
    internal CgroupException Missing(string controller)
    {
        CgroupControllerState? state = ControllerStates.FirstOrDefault(state => state.Name == controller);
        string reason = state?.Reason ?? "This kernel does not know it.";
        return CgroupException.Unavailable(controller, $"The cgroup controller '{controller}' is not available: {reason}", state?.Hint);
    }
}
