using System.Diagnostics.CodeAnalysis;
using ContainerPS.Engine.Common;

namespace ContainerPS;

/// <summary>
/// The name of an image by Docker's rules: <c>busybox</c> is <c>docker.io/library/busybox:latest</c>. Stored whole
/// (<see cref="FullName"/>), shown short (<see cref="ToString"/>). Grammar: distribution-spec "reference", host before the first slash when
/// it has a dot, a colon or is <c>localhost</c>.
/// </summary>
public sealed partial record ImageReference
{
    private const string DefaultDomain = "docker.io";
    private const string OfficialPrefix = "library/";
    private const string DefaultTag = "latest";
    private const int MaximumNameLength = 255;

    private ImageReference(string domain, string path, string? tag, string? digest)
    {
        Domain = domain;
        Path = path;
        Tag = tag;
        Digest = digest;
    }

    /// <summary>Registry host, with port if there is one: <c>docker.io</c>, <c>localhost:5000</c>.</summary>
    public string Domain { get; }

    /// <summary>The repository's path at the registry: <c>library/busybox</c>.</summary>
    public string Path { get; }

    /// <summary>Null only for a reference by digest without tag.</summary>
    public string? Tag { get; }

    /// <summary><c>sha256:…</c> where the reference pins one.</summary>
    public string? Digest { get; }

    /// <summary>
    /// The repository as Docker shows it: <c>busybox</c>, <c>localhost:5000/app</c>. It parses to the same repository: Docker Hub's
    /// <c>quay.io/app</c> keeps its host, because without it the name would be another registry's.
    /// </summary>
    public string Repository => ShortNames().First(IsName);

    /// <summary>The whole name as it is stored: <c>docker.io/library/busybox:latest</c>.</summary>
    public string FullName => $"{Domain}/{Path}{Suffix(Tag)}";

    /// <exception cref="EngineException"><see cref="ErrorIds.ImageReferenceInvalid"/>.</exception>
    public static ImageReference Parse(string text) =>
        TryParse(text, out ImageReference? reference, out string? problem)
            ? reference
            : throw new EngineException(
                ErrorIds.ImageReferenceInvalid,
                EngineErrorKind.InvalidArgument,
                $"'{text}' is no image reference: {problem}.",
                text,
                "A reference looks like [host[:port]/]name[/name…][:tag][@sha256:…], names in lower case."
            );

    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ImageReference? reference) =>
        TryParse(text, out reference, out _);

    /// <summary>The same repository with another tag.</summary>
    public ImageReference WithTag(string tag) =>
        IsTag(tag)
            ? new ImageReference(Domain, Path, tag, null)
            : throw new EngineException(ErrorIds.ImageReferenceInvalid, EngineErrorKind.InvalidArgument, $"'{tag}' is no image tag.", tag);

    /// <summary>
    /// The short form: <c>busybox</c>, <c>busybox:1.36</c>, <c>quay.io/x/y:v1</c>, <c>busybox@sha256:…</c>; it parses to the same
    /// reference.
    /// </summary>
    public override string ToString() =>
        Repository + (Tag is DefaultTag && Digest is null ? "" : Suffix(Tag)) + (Digest is null ? "" : "@" + Digest);

    private IEnumerable<string> ShortNames()
    {
        if (Domain == DefaultDomain)
        {
            if (Path.StartsWith(OfficialPrefix, StringComparison.Ordinal))
            {
                yield return Path[OfficialPrefix.Length..];
            }

            yield return Path;
        }

        yield return $"{Domain}/{Path}";
    }

    private bool IsName(string name) => SplitDomain(name) == (Domain, Path) && !HexName().IsMatch(name);

    private static string Suffix(string? tag) => tag is null ? "" : ":" + tag;
}
