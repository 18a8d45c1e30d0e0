using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace ContainerPS;

public sealed partial record ImageReference
{
    private static bool TryParse(string? text, [NotNullWhen(true)] out ImageReference? reference, out string problem)
    {
        reference = null;
        problem = "it is empty";
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        string rest = text;
        if (!TryTakeDigest(ref rest, out string? digest, out problem))
        {
            return false;
        }

        if (!TryTakeTag(ref rest, out string? tag, out problem))
        {
            return false;
        }

        (string? domain, string? path) = SplitDomain(rest);
        if (!TryCheckName(domain, path, rest, out problem))
        {
            return false;
        }

        reference = new ImageReference(domain, path, tag ?? (digest is null ? DefaultTag : null), digest);
        return true;
    }

    private static bool TryTakeDigest(ref string rest, out string? digest, out string problem)
    {
        digest = null;
        problem = "";
        int at = rest.IndexOf('@', StringComparison.Ordinal);
        if (at < 0)
        {
            return true;
        }

        digest = rest[(at + 1)..];
        rest = rest[..at];
        problem = "its digest is not sha256: and 64 lower-case hexadecimal characters";
        return Engine.Common.Digest.TryParse(digest, out _);
    }

    private static bool TryTakeTag(ref string rest, out string? tag, out string problem)
    {
        tag = null;
        problem = "";
        int colon = rest.LastIndexOf(':');
        // A colon before a slash belongs to the port of a host.
        if (colon < 0 || rest.IndexOf('/', colon) >= 0)
        {
            return true;
        }

        tag = rest[(colon + 1)..];
        rest = rest[..colon];
        problem = $"'{tag}' is no tag";
        return IsTag(tag);
    }

    private static (string Domain, string Path) SplitDomain(string name)
    {
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        string first = slash < 0 ? "" : name[..slash];
        bool isHost =
            first.Length > 0 && (first.AsSpan().ContainsAny('.', ':') || first == "localhost" || first.Any(char.IsAsciiLetterUpper));
        if (!isHost)
        {
            return (DefaultDomain, slash < 0 ? OfficialPrefix + name : name);
        }

        string path = name[(slash + 1)..];
        if (first is not ("docker.io" or "index.docker.io"))
        {
            return (first, path);
        }

        return (DefaultDomain, path.Contains('/', StringComparison.Ordinal) ? path : OfficialPrefix + path);
    }

    private static bool TryCheckName(string domain, string path, string given, out string problem)
    {
        problem =
            !DomainPattern().IsMatch(domain) ? $"'{domain}' is no host name"
            : HexName().IsMatch(given) ? "64 hexadecimal characters are an id, not a name"
            : !PathPattern().IsMatch(path)
                ? path.Any(char.IsAsciiLetterUpper) ? "names are in lower case"
                    : $"'{given}' is no repository name"
            : domain.Length + path.Length + 1 > MaximumNameLength ? "the name is longer than 255 characters"
            : "";
        return problem.Length == 0;
    }

    private static bool IsTag(string text) => TagPattern().IsMatch(text);

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9._-]{0,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex TagPattern();

    [GeneratedRegex(
        @"\A(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
            + @"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*)(?::[0-9]{1,5})?\z",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex DomainPattern();

    [GeneratedRegex(@"\A[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex PathPattern();

    [GeneratedRegex(@"\A[0-9a-f]{64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex HexName();
}
