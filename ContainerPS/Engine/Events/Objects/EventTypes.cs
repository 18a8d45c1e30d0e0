namespace ContainerPS.Engine;

/// <summary>The kinds of things that events are about.</summary>
public static class EventTypes
{
    public const string Container = "container";
    public const string Image = "image";

    /// <summary>Those that this version writes.</summary>
    public static IReadOnlyList<string> All { get; } = [Container, Image];
}
