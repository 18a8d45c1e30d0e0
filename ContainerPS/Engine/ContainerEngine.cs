using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.LifeCycle;
using ContainerPS.Engine.Events;
using ContainerPS.Engine.Images;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine;

/// <summary>
/// One store and its nouns: <see cref="Containers"/>, <see cref="Images"/>, <see cref="Events"/> and <see cref="Storage"/>. Stateless but
/// for caches: several engines, in several processes, may work on one store at the same time. Ordinary use: <see cref="Open"/>, then the
/// nouns. All members may be called from any thread.
/// </summary>
public sealed class ContainerEngine
{
    private static readonly Lazy<ContainerEngine> DefaultEngine = new(() => Open());

    private readonly ContainerContext _context;

    private ContainerEngine(ContainerEngineOptions options)
    {
        var location = new StoreLocation(options.Root!, options.RunRoot!);
        var journal = new EventJournal(location, options.EventBounds);
        Images = new ImageStore(location, journal);
        _context = new ContainerContext(options, location, Images, journal);
        Containers = new ContainerCollection(_context);
        Storage = new ContainerStorage(_context, Containers, Images);
        Events = new EventCollection(journal);
    }

    /// <summary>The engine of CONTAINERPS_ROOT, or of /var/lib/containerps.</summary>
    public static ContainerEngine Default => DefaultEngine.Value;

    /// <summary>As opened, with nothing left null.</summary>
    public ContainerEngineOptions Options => _context.Options;

    public ContainerCollection Containers { get; }

    /// <summary>The images that containers are made of.</summary>
    public ImageStore Images { get; }

    /// <summary>What is wrong with the store, and its repair.</summary>
    public ContainerStorage Storage { get; }

    /// <summary>What has happened to both.</summary>
    public EventCollection Events { get; }

    /// <summary>Opens a store. Nothing is made on disk before the first change.</summary>
    public static ContainerEngine Open(ContainerEngineOptions? options = null) => new((options ?? new ContainerEngineOptions()).Complete());

    /// <summary>What this host offers, and what the store holds.</summary>
    public ContainerHost GetHost()
    {
        IReadOnlyList<Container> containers = Containers.List();
        return new ContainerHost
        {
            Name = Environment.MachineName,
            Kernel = HostFacts.KernelRelease,
            CgroupVersion = _context.Cgroups.Version.ToString().ToLowerInvariant(),
            CgroupControllers = [.. _context.Cgroups.ControllerStates.Select(state => state.Name)],
            DelegatedControllers = _context.Cgroups.Controllers,
            Rootless = !HostFacts.IsRoot,
            SeccompEnabled = File.Exists("/proc/sys/kernel/seccomp/actions_avail"),
            AppArmorEnabled = _context.SecurityModules.AppArmor.IsEnabled,
            AppArmorStatus = _context.SecurityModules.AppArmor.Reason,
            SELinuxEnabled = _context.SecurityModules.SeLinux.IsEnabled,
            SELinuxStatus = _context.SecurityModules.SeLinux.Reason,
            Runtime = $"containerps {typeof(ContainerEngine).Assembly.GetName().Version?.ToString(3)}",
            DataRoot = Options.Root!,
            RunRoot = Options.RunRoot!,
            Cpus = HostFacts.OnlineCpus,
            MemoryTotal = HostFacts.MemoryBytes,
            Counts = new ContainerHostCounts
            {
                Containers = containers.Count,
                Running = containers.Count(container => container.State == ContainerState.Running),
                Paused = containers.Count(container => container.State == ContainerState.Paused),
                Images = Images.List().Count,
            },
        };
    }
}
