using ContainerPS.Engine.Common;
using ContainerPS.Engine.Events;

namespace ContainerPS.Engine;

/// <summary>
/// What has happened to the containers and images of a store, whoever did it: the engines of several processes and the monitors write one
/// journal. It keeps the last events, some thirty thousand (eight MiB), also over a restart of the host. After a power loss the last ones
/// may be missing, for an event is never flushed. Ordinary use: <see cref="List"/> with a query. All members may be called from any thread.
/// </summary>
public sealed class EventCollection
{
    private readonly EventJournal _journal;

    internal EventCollection(EventJournal journal) => _journal = journal;

    /// <summary>Events that match, by sequence; without a query all of them.</summary>
    public EventList List(EventQuery? query = null, CancellationToken cancellation = default) =>
        StoreFailure.Explain(
            "Reading the event journal",
            _journal.Directory,
            () => EventReader.Read(_journal.Directory, query ?? new EventQuery(), cancellation)
        );
}
