namespace ContainerPS.Engine;

/// <summary>Which containers are asked for; members that are null or empty do not restrict.</summary>
public sealed record ContainerQuery
{
    /// <summary>All of them.</summary>
    public static ContainerQuery All { get; } = new();

    /// <summary>Predicate on the name.</summary>
    public Func<string, bool>? Name { get; init; }

    public IReadOnlyList<ContainerState> States { get; init; } = [];

    /// <summary>Labels that must be there with that value; a null value asks for the key only.</summary>
    public IReadOnlyDictionary<string, string?> Labels { get; init; } = new Dictionary<string, string?>();

    /// <summary>Predicate on the image's reference as it was given, and its id.</summary>
    public Func<Container, bool>? Image { get; init; }
}

/// <summary>Which records of a log are asked for.</summary>
public sealed record LogQuery
{
    /// <summary>The last n records; null for all.</summary>
    public int? Tail { get; init; }

    public DateTimeOffset? Since { get; init; }

    public DateTimeOffset? Until { get; init; }

    /// <summary>Go on with what is written later, until the container ends.</summary>
    public bool Follow { get; init; }

    /// <summary>Null for both.</summary>
    public ContainerStream? Stream { get; init; }
}

/// <summary>A command in a running container. A null member takes the container's value.</summary>
public sealed record ExecDefinition
{
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Added to the container's; a null value removes a variable.</summary>
    public IReadOnlyDictionary<string, string?> Env { get; init; } = new Dictionary<string, string?>();

    public string? User { get; init; }

    public string? WorkingDir { get; init; }

    /// <summary>With all capabilities and without seccomp.</summary>
    public bool Privileged { get; init; }

    /// <summary>Its standard input is a pipe from the caller; otherwise it is at its end.</summary>
    public bool OpenStdin { get; init; }
}

/// <summary>How an attached run deals with its container.</summary>
public sealed record RunOptions
{
    /// <summary>Its standard input is a pipe from the caller; otherwise it is at its end.</summary>
    public bool OpenStdin { get; init; }

    /// <summary>The container stays after its end; otherwise it is removed.</summary>
    public bool Keep { get; init; }

    public static RunOptions Default { get; } = new();
}
