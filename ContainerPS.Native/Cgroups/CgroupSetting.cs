namespace ContainerPS.Native.Cgroups;

/// <summary>One write into a control file.</summary>
public sealed record CgroupSetting
{
    public required string Controller { get; init; }

    /// <summary>Absolute path.</summary>
    public required string File { get; init; }

    /// <summary>What the file says now; null for a group that does not exist yet, and for files that cannot be read.</summary>
    public string? OldValue { get; init; }

    /// <summary>What is written.</summary>
    public required string Value { get; init; }

    /// <summary>Name of the file inside the group.</summary>
    internal string Name { get; init; } = "";

    /// <summary>What puts the old value back; null where that has no meaning.</summary>
    internal string? Undo { get; init; }

    /// <summary>What is done instead of a write.</summary>
    internal Action? Action { get; init; }

    public override string ToString() => $"{File}: {OldValue ?? "(new)"} -> {Value}";
}
