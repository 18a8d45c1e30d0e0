using System.Runtime.CompilerServices;
using ContainerPS.Engine.Containers.Log;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>Reads logs. A reader that follows sees to it that a dead monitor is replaced, or nobody would write the rest.</summary>
internal sealed class ReadingLogs(Reconciling reconciling)
{
    /// <summary>Records of a container's log, oldest first.</summary>
    public IEnumerable<ContainerLogRecord> Read(Container container, LogQuery query, CancellationToken cancellation)
    {
        DemandLog(container);
        return query.Follow
            ? FollowAsync(container, query, cancellation).ToBlockingEnumerable(cancellation)
            : LogReader.Read(container.LogPath, container.Name, query);
    }

    /// <inheritdoc cref="Read"/>
    public IAsyncEnumerable<ContainerLogRecord> ReadAsync(Container container, LogQuery query, CancellationToken cancellation)
    {
        DemandLog(container);
        return FollowAsync(container, query, cancellation);
    }

    private static void DemandLog(Container container)
    {
        ArgumentNullException.ThrowIfNull(container);
        if (container.State is ContainerState.Removed)
        {
            throw ContainerObjectNotFoundException.Container(container.Name);
        }
    }

    private async IAsyncEnumerable<ContainerLogRecord> FollowAsync(
        Container container,
        LogQuery query,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        using var watch = new RunWatch(container, withLog: query.Follow);
        IAsyncEnumerable<ContainerLogRecord> records = LogReader.FollowAsync(
            container.LogPath,
            container.Name,
            query,
            () => query.Follow && MayWrite(container),
            (timeout, stopped) => ChangeAsync(container, watch, timeout, stopped),
            cancellation
        );
        await foreach (ContainerLogRecord record in records.ConfigureAwait(false))
        {
            yield return record;
        }
    }

    private bool MayWrite(Container container)
    {
        if (!container.View.Current.IsAlive)
        {
            return false;
        }

        reconciling.ReconcileQuietly(container);
        return container.View.Current.IsAlive;
    }

    private static async Task ChangeAsync(Container container, RunWatch watch, TimeSpan timeout, CancellationToken cancellation)
    {
        using Pidfd? monitor = container.View.Current.Monitor.Open();
        await watch.WaitAsync(monitor, timeout, cancellation).ConfigureAwait(false);
    }
}
