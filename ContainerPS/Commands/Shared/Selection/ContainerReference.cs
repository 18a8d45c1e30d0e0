namespace ContainerPS;

/// <summary>How a user named containers.</summary>
public sealed class ContainerReference : ObjectSelector<Container>
{
    private ContainerReference(string text, Container? container, bool isId)
        : base(text, container, isId) { }

    /// <summary>The object, when one was given.</summary>
    public Container? Container => Given;

    public static ContainerReference FromText(string text) =>
        string.IsNullOrWhiteSpace(text)
            ? throw new FormatException("A container's name or id cannot be empty.")
            : new(text, null, isId: false);

    public static ContainerReference FromId(string id) =>
        id is { Length: > 0 and <= 64 } && id.All(char.IsAsciiHexDigit)
            ? new(id.ToLowerInvariant(), null, isId: true)
            : throw new FormatException($"'{id}' is not a container id: up to 64 hexadecimal digits.");

    public static ContainerReference FromContainer(Container container)
    {
        ArgumentNullException.ThrowIfNull(container);
        return new(container.Id, container, isId: true);
    }
}
