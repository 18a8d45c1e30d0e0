namespace ContainerPS.Engine.Containers.Definition;

/// <summary>Whose namespace of one kind a container uses.</summary>
internal enum NamespaceOwner
{
    Private,
    Host,
    Container,
    Path,
}

/// <summary>A namespace mode, parsed: private (for networks: none), host, container:NAME, ns:PATH.</summary>
/// <param name="Owner">Whose it is.</param>
/// <param name="Value">Name or id of the container, or the path.</param>
internal readonly record struct NamespaceMode(NamespaceOwner Owner, string Value)
{
    private const string ContainerPrefix = "container:";
    private const string PathPrefix = "ns:";

    /// <summary>
    /// Parses a mode of <paramref name="parameter"/>; <paramref name="privateWord"/> is what a namespace of its own is called there.
    /// </summary>
    public static NamespaceMode Parse(string text, string parameter, string privateWord = "private")
    {
        if (string.Equals(text, privateWord, StringComparison.OrdinalIgnoreCase))
        {
            return new NamespaceMode(NamespaceOwner.Private, "");
        }

        if (string.Equals(text, "host", StringComparison.OrdinalIgnoreCase))
        {
            return new NamespaceMode(NamespaceOwner.Host, "");
        }

        if (After(text, ContainerPrefix) is { } container)
        {
            return new NamespaceMode(NamespaceOwner.Container, container);
        }

        if (After(text, PathPrefix) is { } path && path[0] == '/' && !ProcessSyntax.HasNul(path))
        {
            return new NamespaceMode(NamespaceOwner.Path, path);
        }

        throw Invalid.Argument(
            $"{parameter} '{text}' is not understood.",
            text,
            $"Use {privateWord}, host, container:NAME, or ns:PATH with an absolute path."
        );
    }

    public override string ToString() =>
        Owner switch
        {
            NamespaceOwner.Container => ContainerPrefix + Value,
            NamespaceOwner.Path => PathPrefix + Value,
            NamespaceOwner.Host => "host",
            _ => "private",
        };

    private static string? After(string text, string prefix) =>
        text.Length > prefix.Length && text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? text[prefix.Length..] : null;
}
