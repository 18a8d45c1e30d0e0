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

/// <summary>What a reading of the journal found.</summary>
/// <param name="Events">By sequence.</param>
/// <param name="Warnings">What of the journal is damaged or missing where it was read: a sentence each.</param>
public sealed record EventList(IReadOnlyList<ContainerEvent> Events, IReadOnlyList<string> Warnings);

/// <summary>The kinds of things that events are about.</summary>
public static class EventTypes
{
    public const string Container = "container";
    public const string Image = "image";

    /// <summary>Those that this version writes.</summary>
    public static IReadOnlyList<string> All { get; } = [Container, Image];
}

/// <summary>Actions of events, in Docker's words.</summary>
public static class EventActions
{
    public const string Create = "create";
    public const string Start = "start";

    /// <summary>A run has ended, by itself or not.</summary>
    public const string Die = "die";

    /// <summary>The kernel killed a process for memory.</summary>
    public const string Oom = "oom";

    /// <summary>A signal was sent.</summary>
    public const string Kill = "kill";

    /// <summary>A stop that was asked for is complete.</summary>
    public const string Stop = "stop";
    public const string Pause = "pause";
    public const string Unpause = "unpause";

    /// <summary>Limits were changed.</summary>
    public const string Update = "update";

    /// <summary>The container was removed.</summary>
    public const string Destroy = "destroy";
    public const string ExecCreate = "exec_create";
    public const string ExecStart = "exec_start";
    public const string ExecDie = "exec_die";

    /// <summary>An image came in from a file.</summary>
    public const string Load = "load";

    /// <summary>An image was made from a root file system.</summary>
    public const string Import = "import";
    public const string Tag = "tag";
    public const string Untag = "untag";
    public const string Delete = "delete";

    /// <summary>Those that this version writes.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        Create,
        Start,
        Die,
        Oom,
        Kill,
        Stop,
        Pause,
        Unpause,
        Update,
        Destroy,
        ExecCreate,
        ExecStart,
        ExecDie,
        Load,
        Import,
        Tag,
        Untag,
        Delete,
    ];
}
