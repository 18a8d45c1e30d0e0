using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Launch;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>How the monitor of a run is set up.</summary>
internal sealed class MonitorPlans(ContainerContext context)
{
    public MonitorSettings For(Container container, int run)
    {
        ContainerPaths paths = container.View.Paths;
        ContainerDefinition definition = container.View.KnownRecord.Definition;
        return new MonitorSettings
        {
            RunDirectory = paths.RunDirectory,
            DurableDirectory = definition.AutoRemove ? paths.RunDirectory : paths.Directory,
            LogDirectory = paths.Directory,
            LogMaxSize = definition.LogMaxSize,
            LogMaxFiles = definition.LogMaxFile,
            Run = run,
            Events = context.Events.ForMonitor(container.View.KnownRecord),
            RecordExitDurably = !definition.AutoRemove,
            OnExitCommand = definition.AutoRemove || definition.Lifetime == ContainerLifetime.Session ? OnExitCommand.For(paths.Id) : null,
            OnExitEnvironment = OnExitCommand.Environment(context.Options),
            // A removal takes the cgroup along, behind the caller's back.
            RemoveCgroup = !definition.AutoRemove,
            EndWithStarter = definition.Lifetime == ContainerLifetime.Session,
            Group = context.Monitors,
        };
    }
}
