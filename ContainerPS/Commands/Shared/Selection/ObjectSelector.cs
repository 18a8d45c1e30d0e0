using System.Management.Automation;

namespace ContainerPS;

/// <summary>
/// How a user named objects of one kind: a name, an id or an id prefix (literal, one object or an error), a name with wildcards (any
/// number), or an object.
/// </summary>
/// <typeparam name="TObject">A container, an image.</typeparam>
public abstract class ObjectSelector<TObject>
    where TObject : class
{
    private protected ObjectSelector(string text, TObject? given, bool isId)
    {
        Text = text;
        Given = given;
        IsId = isId;
        HasWildcards = given is null && !isId && WildcardPattern.ContainsWildcardCharacters(text);
    }

    /// <summary>As written; the id of an object.</summary>
    public string Text { get; }

    /// <summary>Only an id or its prefix is meant, never a name.</summary>
    public bool IsId { get; }

    public bool HasWildcards { get; }

    /// <summary>The object, when one was given.</summary>
    internal TObject? Given { get; }

    public override string ToString() => Given?.ToString() ?? Text;
}
