using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace ContainerPS.Engine.Containers.Definition;

/// <summary>Names and ids of containers by Docker's rules.</summary>
internal static partial class ContainerName
{
    public const int IdLength = 64;

    /// <summary>Whether a text has the form of an id. Only then may it be put into a path.</summary>
    public static bool IsId(string text) => text.Length == IdLength && IsIdPrefix(text);

    /// <summary>64 random hexadecimal digits whose first twelve are not all decimal: a short id is never mistaken for a number.</summary>
    public static string NewId()
    {
        string id;
        do
        {
            id = RandomNumberGenerator.GetHexString(IdLength, lowercase: true);
        } while (!id.AsSpan(0, 12).ContainsAnyInRange('a', 'f'));
        return id;
    }

    public static void Validate(string name)
    {
        if (!Pattern().IsMatch(name))
        {
            throw Invalid.Argument(
                $"'{name}' cannot be the name of a container.",
                name,
                "A name begins with a letter or digit; letters, digits, '_', '.' and '-' follow; "
                    + "it has at least 2 and at most 128 characters."
            );
        }

        // Such a name could never be told from an id.
        if (name.Length == IdLength && !name.AsSpan().ContainsAnyExcept(Hex))
        {
            throw Invalid.Argument($"'{name}' cannot be the name of a container: it reads as an id.", name);
        }
    }

    public static bool IsIdPrefix(string text) => text.Length is > 0 and <= IdLength && !text.AsSpan().ContainsAnyExcept(Hex);

    private static readonly System.Buffers.SearchValues<char> Hex = System.Buffers.SearchValues.Create("0123456789abcdef");

    [GeneratedRegex(@"\A[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
