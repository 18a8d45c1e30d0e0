using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Events;

/// <summary>An event that is to be written. Its time is that of its making.</summary>
internal readonly record struct EventEntry(string Type, string Action, string Id)
{
    public string? Name { get; init; }

    public string? Image { get; init; }

    public int? ExitCode { get; init; }

    /// <summary>Texts only; "at" is not a name.</summary>
    public IReadOnlyList<(string Name, string Value)> Attributes { get; init; } = [];

    public long AtNanoseconds { get; init; } = HostFacts.RealtimeNanoseconds;
}
