using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using ContainerPS.Engine.Common;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Images;

public sealed partial class ImageStore
{
    private const int ShortestPrefix = 3;

    private readonly ConcurrentDictionary<Digest, ImageContent> _contents = new();
    private readonly RefsReader _refs = new();

    /// <summary>The image of a reference, an id or an unambiguous prefix of an id; a name wins over an id.</summary>
    /// <exception cref="ContainerObjectNotFoundException"><see cref="ErrorIds.ImageNotFound"/>.</exception>
    /// <exception cref="EngineException"><see cref="ErrorIds.ImageIdAmbiguous"/>.</exception>
    public Image Get(string reference) =>
        TryGet(reference, out Image? image) ? image : throw ContainerObjectNotFoundException.Image(reference);

    /// <inheritdoc cref="Get"/>
    public bool TryGet(string reference, [NotNullWhen(true)] out Image? image)
    {
        image = StoreFailure.Explain($"Looking for the image '{reference}'", reference, () => Find(reference));
        return image is not null;
    }

    private Image? Find(string reference)
    {
        RefsDocument refs = ReadRefs();
        RefEntry? entry = FindByName(refs, reference) ?? FindById(refs, reference);
        return entry is null ? null : Assemble(entry, refs, shares: null);
    }

    /// <summary>All images, one object for each tag and for each dangling image, newest first.</summary>
    public IReadOnlyList<Image> List() => StoreFailure.Explain("Listing the images", Location.Root, ListAll);

    private List<Image> ListAll()
    {
        RefsDocument refs = ReadRefs();
        Dictionary<Digest, int> shares = CountShares(refs);
        var images = refs.Images.Select(entry => Assemble(entry, refs, shares)).ToList();
        images.Sort();
        return images;
    }

    private Image Assemble(RefEntry entry, RefsDocument refs, IReadOnlyDictionary<Digest, int>? shares)
    {
        if (refs.Problem is { } problem)
        {
            return ImageAssembler.Damaged(entry, refs.Images, problem, ImageContent.ReadPartly(_blobs, entry.Digest));
        }

        try
        {
            return ImageAssembler.Assemble(entry, refs.Images, Content(entry.Digest), _layers, _blobs, shares);
        }
        catch (ContainerStorageException failure)
        {
            // A damaged image must not hide the others, and must be there to be removed.
            return ImageAssembler.Damaged(entry, refs.Images, failure.Message, ImageContent.ReadPartly(_blobs, entry.Digest));
        }
    }

    private ImageContent Content(Digest digest)
    {
        // Documents never change under their digest, but a removal can take them: then the entry that led here is gone too.
        if (_contents.TryGetValue(digest, out ImageContent? content))
        {
            return content;
        }

        content = ImageContent.Read(_blobs.ReadDocument, _blobs.Contains, digest);
        // An index may get more of its platforms later: which one is meant is not to be remembered.
        if (!content.Top.IsIndex)
        {
            _contents.TryAdd(digest, content);
        }

        return content;
    }

    private RefEntry? FindByName(RefsDocument refs, string reference)
    {
        if (!ImageReference.TryParse(reference, out ImageReference? name))
        {
            return null;
        }

        if (name.Digest is null)
        {
            return refs.Images.FirstOrDefault(entry => entry.Name == name.FullName);
        }

        string repository = $"{name.Domain}/{name.Path}";
        return refs.Images.FirstOrDefault(entry =>
            entry.Name is { } text
            && ImageReference.Parse(text) is var known
            && $"{known.Domain}/{known.Path}" == repository
            && (name.Tag is null || known.Tag == name.Tag)
            && (entry.Digest.ToString() == name.Digest || TryContent(entry.Digest)?.ManifestDigest.ToString() == name.Digest)
        );
    }

    private RefEntry? FindById(RefsDocument refs, string text)
    {
        string hex = text.StartsWith(Digest.Prefix, StringComparison.Ordinal) ? text[Digest.Prefix.Length..] : text;
        if (hex.Length < ShortestPrefix || !hex.All(char.IsAsciiHexDigitLower))
        {
            return null;
        }

        var matches = refs.Images.Where(entry => HasId(entry, hex)).ToList();
        if (matches.Select(entry => Readable(entry.Digest)?.Id ?? entry.Digest).Distinct().Count() > 1)
        {
            throw new EngineException(
                ErrorIds.ImageIdAmbiguous,
                EngineErrorKind.InvalidArgument,
                $"More than one image has an id that begins with '{hex}'.",
                text,
                "Give more of the id."
            );
        }

        return matches.Count == 0 ? null : matches[0];
    }

    private bool HasId(RefEntry entry, string prefix)
    {
        if (entry.Digest.Hex.StartsWith(prefix, StringComparison.Ordinal))
        {
            return true;
        }

        return Readable(entry.Digest) is { } content
            && (
                content.Id.Hex.StartsWith(prefix, StringComparison.Ordinal)
                || content.ManifestDigest.Hex.StartsWith(prefix, StringComparison.Ordinal)
            );
    }

    private Dictionary<Digest, int> CountShares(RefsDocument refs)
    {
        var shares = new Dictionary<Digest, int>();
        // Two manifests of one configuration (plain layers, compressed layers) are one image.
        IEnumerable<ImageContent> images = refs
            .Images.Select(entry => TryContent(entry.Digest))
            .OfType<ImageContent>()
            .DistinctBy(content => content.Id);
        foreach (ImageContent? content in images)
        {
            foreach (LayerContent layer in content.Layers)
            {
                shares[layer.ChainId] = shares.GetValueOrDefault(layer.ChainId) + 1;
            }
        }

        return shares;
    }

    private ImageContent? Readable(Digest digest) => TryContent(digest) ?? ImageContent.ReadPartly(_blobs, digest);

    private ImageContent? TryContent(Digest digest)
    {
        try
        {
            return Content(digest);
        }
        catch (ContainerStorageException)
        {
            // Told by the damaged image's own Problem.
            return null;
        }
    }

    private RefsDocument ReadRefs()
    {
        if (_refs.Read(Location, out bool foreign) is var refs && !foreign)
        {
            return refs;
        }

        try
        {
            // Something else wrote index.json: what it added is taken in under the lock.
            using var session = StoreSession.Open(Location, "taking in what was added to index.json");
            return session.Refs;
        }
        catch (LinuxException failure) when (failure.Errno is Posix.EACCES or Posix.EROFS or Posix.EPERM)
        {
            // Who may only read sees what was taken in before.
            return refs;
        }
    }
}
