using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Engine.Images;

namespace ContainerPS.Engine;

/// <summary>
/// Containers and images of one store. Stateless but for caches: several engines, in several processes, may work on one store at the same
/// time. Ordinary use: <see cref="Open"/>, <see cref="Create"/>, <see cref="Start"/>; or <see cref="Run"/> for a command whose output is
/// wanted. All members may be called from any thread.
/// </summary>
public sealed partial class ContainerEngine
{
    private static readonly TimeSpan SparePatience = TimeSpan.FromSeconds(10);
    private static readonly Lazy<ContainerEngine> DefaultEngine = new(() => Open());

    private readonly ContainerStore _store;
    private readonly ContainerTrash _trash;
    private readonly SpareLayers _spares;

    private ContainerEngine(ContainerEngineOptions options)
    {
        Options = options;
        Store = new StoreLocation(options.Root!, options.RunRoot!);
        Images = new ImageStore(Store);
        _trash = new ContainerTrash(Store);
        _spares = new SpareLayers(Store, SparePatience);
        _store = new ContainerStore(Store, options.LockTimeout, () => Cgroups.Version == Native.Cgroups.CgroupVersion.V2 ? 2 : 1);
    }

    /// <summary>The engine of CONTAINERPS_ROOT, or of /var/lib/containerps.</summary>
    public static ContainerEngine Default => DefaultEngine.Value;

    /// <summary>As opened, with nothing left null.</summary>
    public ContainerEngineOptions Options { get; }

    /// <summary>The images that containers are made of.</summary>
    public ImageStore Images { get; }

    private StoreLocation Store { get; }

    /// <summary>Opens a store. Nothing is made on disk before the first change.</summary>
    public static ContainerEngine Open(ContainerEngineOptions? options = null) => new((options ?? new ContainerEngineOptions()).Complete());
}
