namespace ContainerPS.Engine;

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
