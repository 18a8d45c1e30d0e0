using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Tests.Cgroups;

/// <summary>A parent group of its own in every hierarchy; at the end all of it is killed, removed and seen to be gone.</summary>
internal sealed class CgroupSandbox : IDisposable
{
    private readonly List<Cgroup> _groups = [];

    private CgroupSandbox(CgroupHost host)
    {
        Host = host;
        Parent = $"/containerps-test-{Guid.NewGuid():N}"[..30];
    }

    public CgroupHost Host { get; }

    public string Parent { get; }

    /// <summary>Of this host, as root; skips where that is not to be had.</summary>
    public static CgroupSandbox Open()
    {
        Skip.IfNot(HostFacts.IsRoot, "making control groups takes root here");
        return new(CgroupHost.Detect());
    }

    /// <summary>
    /// The v2 twin on a hybrid host's v2 hierarchy: no controllers for most limits, but freezing, killing and the device program.
    /// </summary>
    public static CgroupSandbox OpenUnified()
    {
        Skip.IfNot(HostFacts.IsRoot, "making control groups takes root here");
        var host = CgroupHost.Detect();
        Skip.If(host.Unified is null, "no cgroup v2 hierarchy on this host");
        return new(new CgroupHost(CgroupVersion.V2, [host.Unified!], host => []));
    }

    public void Require(params string[] controllers)
    {
        foreach (string controller in controllers)
        {
            CgroupControllerState? state = Host.ControllerStates.FirstOrDefault(state => state.Name == controller);
            Skip.IfNot(Host.Has(controller), $"the cgroup controller {controller} is not available: {state?.Reason}");
        }
    }

    public Cgroup Create(string name = "a", IEnumerable<string>? controllers = null)
    {
        Cgroup group = Host.Create($"{Parent}/{name}", controllers);
        _groups.Add(group);
        return group;
    }

    public void Dispose()
    {
        foreach (Cgroup group in _groups)
        {
            group.Kill();
            group.Remove(Eventually.Bound);
        }

        Host.Open(Parent).Remove(Eventually.Bound);
        string[] left = [.. Host.Hierarchies.Select(hierarchy => hierarchy.PathOf(Parent)).Where(Directory.Exists)];
        Assert.True(left.Length == 0, $"left behind: {string.Join(", ", left)}");
    }
}
