using System.Management.Automation;

namespace ContainerPS;

/// <summary>
/// How a user named containers: a name, an id or an id prefix (literal, one container or an error), a name with wildcards (any number), or
/// a container object.
/// </summary>
public sealed class ContainerReference
{
    private ContainerReference(string text, Container? container, bool isId)
    {
        Text = text;
        Container = container;
        IsId = isId;
        HasWildcards = container is null && !isId && WildcardPattern.ContainsWildcardCharacters(text);
    }

    /// <summary>As written; the id of an object.</summary>
    public string Text { get; }

    /// <summary>The object, when one was given.</summary>
    public Container? Container { get; }

    /// <summary>Only an id or its prefix is meant, never a name.</summary>
    public bool IsId { get; }

    public bool HasWildcards { get; }

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

    public override string ToString() => Container?.Name ?? Text;
}
