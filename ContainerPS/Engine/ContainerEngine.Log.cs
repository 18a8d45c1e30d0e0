using ContainerPS.Engine.Containers.Log;

namespace ContainerPS.Engine;

public sealed partial class ContainerEngine
{
    /// <summary>Records of a container's log, oldest first.</summary>
    public IEnumerable<ContainerLogRecord> ReadLog(Container container, LogQuery? query = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(container);
        if (container.State is ContainerState.Removed)
        {
            throw ContainerObjectNotFoundException.Container(container.Name);
        }

        return LogReader.Read(container.LogPath, container.Name, query ?? new LogQuery(), () => MayWrite(container), cancellation);
    }

    /// <summary>Whether more may come into the log; a reader that follows sees to it that a dead monitor is replaced.</summary>
    private bool MayWrite(Container container)
    {
        if (!container.View.Current.IsAlive)
        {
            return false;
        }

        ReconcileQuietly(container);
        return container.View.Current.IsAlive;
    }
}
