namespace ContainerPS;

/// <summary>What an image says about the containers made of it: the OCI image configuration's <c>config</c>.</summary>
public sealed record ImageConfig
{
    public IReadOnlyList<string> Entrypoint { get; init; } = [];

    public IReadOnlyList<string> Cmd { get; init; } = [];

    /// <summary><c>NAME=value</c>, in the image's order.</summary>
    public IReadOnlyList<string> Env { get; init; } = [];

    public string WorkingDir { get; init; } = "";

    /// <summary><c>user</c>, <c>uid</c>, <c>user:group</c>, <c>uid:gid</c>; empty: root.</summary>
    public string User { get; init; } = "";

    /// <summary><c>port/protocol</c>.</summary>
    public IReadOnlyList<string> ExposedPorts { get; init; } = [];

    public IReadOnlyList<string> Volumes { get; init; } = [];

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public string StopSignal { get; init; } = "";

    public ImageHealthcheck? Healthcheck { get; init; }

    public override string ToString() => string.Join(' ', Entrypoint.Concat(Cmd));
}

/// <summary>Docker's extension of the image configuration: how to see that a container is well.</summary>
public sealed record ImageHealthcheck
{
    /// <summary><c>["NONE"]</c>, <c>["CMD", args…]</c> or <c>["CMD-SHELL", line]</c>.</summary>
    public IReadOnlyList<string> Test { get; init; } = [];

    public TimeSpan Interval { get; init; }

    public TimeSpan Timeout { get; init; }

    public TimeSpan StartPeriod { get; init; }

    public TimeSpan StartInterval { get; init; }

    public int Retries { get; init; }

    public override string ToString() => string.Join(' ', Test);
}
