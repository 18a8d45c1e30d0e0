using System.Collections.Concurrent;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.Limits;
using ContainerPS.Engine.Containers.Security;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Engine.Events;
using ContainerPS.Engine.Images;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>
/// What the classes of the life cycle share: one store, its cgroups, and what is made or deleted behind the caller's back.
/// </summary>
internal sealed class ContainerContext
{
    private static readonly TimeSpan SparePatience = TimeSpan.FromSeconds(10);

    private readonly Lazy<CgroupHost> _cgroups = new(() => CgroupFailures.Translate("", CgroupHost.Detect));

    public ContainerContext(ContainerEngineOptions options, StoreLocation location, ImageStore images, EventJournal journal)
    {
        Journal = journal;
        Events = new ContainerEvents(journal);
        Options = options;
        Location = location;
        Images = images;
        Trash = new ContainerTrash(location);
        Spares = new SpareLayers(location, SparePatience);
        Store = new ContainerStore(location, options.LockTimeout, () => Cgroups.Version == CgroupVersion.V2 ? 2 : 1, HasProcesses);
    }

    /// <summary>As opened, with nothing left null.</summary>
    public ContainerEngineOptions Options { get; }

    public StoreLocation Location { get; }

    public ImageStore Images { get; }

    public EventJournal Journal { get; }

    public ContainerEvents Events { get; }

    public ContainerStore Store { get; }

    public ContainerTrash Trash { get; }

    public SpareLayers Spares { get; }

    public CgroupHost Cgroups => _cgroups.Value;

    /// <summary>Where this root's monitors live: apart from whoever started them.</summary>
    public MonitorGroup? Monitors => field ??= MonitorGroup.Below(Cgroups, Options.CgroupParent!);

    public LinuxSecurityModules SecurityModules { get; } = LinuxSecurityModules.OfThisHost;

    /// <summary>What the caller should know and no call has told yet.</summary>
    public ConcurrentQueue<string> Warnings { get; } = [];

    public string SeccompCache => Location.Root + "/cache/seccomp";

    public string KeptExits => Location.RunRoot + "/exits";

    public Cgroup CgroupOf(Container container) => CgroupOf(container.View.Record);

    public Cgroup CgroupOf(ContainerRecord record) => Cgroups.Open(CgroupPathOf(record));

    /// <summary>As recorded; where a record cannot be read the place that most containers have.</summary>
    public string CgroupPathOf(ContainerRecord record) => record.CgroupPath.Length > 0 ? record.CgroupPath : UsualCgroupPathOf(record.Id);

    /// <summary>Of a container that was given no cgroup parent of its own.</summary>
    public string UsualCgroupPathOf(string id) => Below(Options.CgroupParent!, id);

    public string CgroupPathOf(ContainerDefinition definition, string id) => Below(definition.CgroupParent ?? Options.CgroupParent!, id);

    private static string Below(string parent, string id) =>
        "/" + string.Join('/', [.. parent.Split('/', StringSplitOptions.RemoveEmptyEntries), id]);

    private bool HasProcesses(string id)
    {
        Cgroup cgroup = Cgroups.Open(UsualCgroupPathOf(id));
        try
        {
            return cgroup.Exists && cgroup.Processes().Count > 0;
        }
        catch (Exception gone) when (gone is LinuxException or CgroupException && !cgroup.Exists)
        {
            return false;
        }
    }
}
