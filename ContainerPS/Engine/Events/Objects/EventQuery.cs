namespace ContainerPS.Engine;

/// <summary>Which events are asked for; members that are null do not restrict.</summary>
public sealed record EventQuery
{
    /// <summary>Not earlier than that.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Not later than that.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Predicate on the kind of thing: "container", "image".</summary>
    public Func<string, bool>? Type { get; init; }

    /// <summary>Predicate on the action: "start", "die".</summary>
    public Func<string, bool>? Action { get; init; }

    /// <summary>Predicate on the container. With it only events of containers are given.</summary>
    public Func<EventActor, bool>? Container { get; init; }

    /// <summary>Only the last n of those that match.</summary>
    public int? Newest { get; init; }

    internal bool Wants(ContainerEvent found) =>
        !(found.Time < Since)
        && !(found.Time > Until)
        && Type?.Invoke(found.Type) != false
        && Action?.Invoke(found.Action) != false
        && (Container is null || (found.Type == EventTypes.Container && Container(found.Actor)));
}
