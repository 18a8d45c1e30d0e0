using System.Text.Json;
using ContainerPS.Engine.Common;

namespace ContainerPS.Engine.Images.Import;

/// <summary>
/// Takes in an OCI layout: every image of its index.json, every platform that is there, artifacts too; each document as the bytes it has.
/// </summary>
internal sealed class OciLayoutImporter(
    ImportSource source,
    StoreLocation store,
    BlobStore blobs,
    StoreLease lease,
    ImportOptions options,
    CancellationToken cancellation
) : Importer(source, store, blobs, lease, options, cancellation)
{
    private const int MaximumDepth = 4;

    public override void Run()
    {
        List<OciDescriptor> descriptors = ParseIndex().Manifests ?? [];
        if (descriptors.Count == 0)
        {
            throw ImageContent.Invalid($"The index.json of '{Source.Path}' lists no image.");
        }

        RequireOneForName(descriptors.Select(descriptor => descriptor.Digest).Distinct().Count());
        foreach (OciDescriptor descriptor in descriptors)
        {
            StagedBlob document = Take(descriptor, 0) ?? throw Missing(descriptor);
            AddEntry(document, MediaTypeOf(descriptor, document), [Options.Name?.FullName ?? NameOf(descriptor)], descriptor);
        }
    }

    /// <summary>A descriptor must say it (image-spec descriptor.md); where it does not, the document itself decides.</summary>
    private string MediaTypeOf(OciDescriptor descriptor, StagedBlob document)
    {
        if (descriptor.MediaType is { Length: > 0 } given)
        {
            return given;
        }

        OciManifest manifest = ImageContent.ParseManifest(ReadDocument(document.Digest), document.Digest);
        return manifest.MediaType is { Length: > 0 } own ? own
            : manifest.IsIndex ? MediaTypes.OciIndex
            : MediaTypes.OciManifest;
    }

    private OciManifest ParseIndex()
    {
        try
        {
            return JsonSerializer.Deserialize(Source.ReadDocument("index.json"), OciImageJson.Default.OciManifest) ?? new OciManifest();
        }
        catch (JsonException failure)
        {
            throw ImageContent.Invalid($"The index.json of '{Source.Path}' is malformed: {failure.Message}", failure);
        }
    }

    /// <summary>Takes a manifest or index with all below it; null when the source does not have the document itself.</summary>
    private StagedBlob? Take(OciDescriptor descriptor, int depth)
    {
        Cancellation.ThrowIfCancellationRequested();
        if (depth > MaximumDepth)
        {
            throw ImageContent.Invalid($"The indexes of '{Source.Path}' are nested more than {MaximumDepth} deep.");
        }

        Digest digest = ImageContent.ParseDigest(descriptor.Digest, "manifest");
        if (!Source.Contains(BlobName(digest)))
        {
            return null;
        }

        byte[] content = Source.ReadDocument(BlobName(digest));
        var actual = Digest.Of(content);
        if (actual != digest || content.Length != descriptor.Size)
        {
            throw Mismatch(descriptor, actual, content.Length);
        }

        OciManifest manifest = ImageContent.ParseManifest(content, digest);
        if (manifest.Manifests is { } children)
        {
            TakeChildren(children, digest, depth);
        }
        else
        {
            TakeParts(manifest);
        }

        StagedBlob staged = Blobs.Stage(Lease, content);
        Add(staged);
        return staged;
    }

    private void TakeChildren(List<OciDescriptor> children, Digest digest, int depth)
    {
        // skopeo copies one platform of an index and keeps the index as it is: the others may be missing, all of them may not.
        int taken = children.Count(child => Take(child, depth + 1) is not null);
        if (taken == 0)
        {
            throw ImageContent.Invalid($"'{Source.Path}' has none of the manifests of the index {digest}.");
        }
    }

    private void TakeParts(OciManifest manifest)
    {
        if (MediaTypes.IsImageConfig(manifest.Config!.MediaType))
        {
            LayerLimits.RequireImported(manifest.Layers?.Count ?? 0, Source.Path);
        }

        var parts = (manifest.Layers ?? []).Prepend(manifest.Config!).ToList();
        Know(parts);
        foreach (OciDescriptor? part in parts)
        {
            Digest digest = ImageContent.ParseDigest(part.Digest, "blob");
            if (!IsHere(digest))
            {
                TakeBlob(part, digest);
            }
        }
    }

    private void TakeBlob(OciDescriptor descriptor, Digest digest)
    {
        Stream? content = Source.TryOpen(BlobName(digest));
        if (content is null)
        {
            if (MediaTypes.IsForeignLayer(descriptor.MediaType))
            {
                return;
            }

            throw Missing(descriptor);
        }

        if (MediaTypes.IsImageConfig(descriptor.MediaType) && content.Length > BlobStore.MaximumDocument)
        {
            using Stream refused = content;
            throw ImageContent.Invalid(
                $"The configuration {digest} of '{Source.Path}' has {content.Length} bytes; {BlobStore.MaximumDocument} are allowed."
            );
        }

        if (content.Length != descriptor.Size)
        {
            using Stream refused = content;
            throw Mismatch(descriptor, digest, content.Length);
        }

        StagedBlob staged = Copy(content, digest.Hex[..12]);
        if (staged.Digest != digest || staged.Size != descriptor.Size)
        {
            throw Mismatch(descriptor, staged.Digest, staged.Size);
        }

        Add(staged);
    }

    /// <summary>containerd's and docker's annotation is a whole name; the OCI one is by custom a whole name or only a tag.</summary>
    private string? NameOf(OciDescriptor descriptor)
    {
        Dictionary<string, string> annotations = descriptor.Annotations ?? [];
        if (
            annotations.TryGetValue(OciLayout.ContainerdName, out string? whole)
            && ImageReference.TryParse(whole, out ImageReference? containerd)
        )
        {
            return containerd.FullName;
        }

        if (!annotations.TryGetValue(OciLayout.RefName, out string? text))
        {
            return null;
        }

        if (!text.AsSpan().ContainsAny(':', '/'))
        {
            text = $"{SourceName()}:{text}";
        }

        return ImageReference.TryParse(text, out ImageReference? reference) ? reference.FullName : null;
    }

    private string SourceName()
    {
        string name = Path.GetFileName(Source.Path.TrimEnd('/')).ToLowerInvariant();
        foreach (string ending in (string[])[".gz", ".tgz", ".zst", ".tar", ".oci"])
        {
            if (name.EndsWith(ending, StringComparison.Ordinal))
            {
                name = name[..^ending.Length];
            }
        }

        return name;
    }

    private static string BlobName(Digest digest) => $"blobs/sha256/{digest.Hex}";

    private ContainerStorageException Missing(OciDescriptor descriptor) =>
        ImageContent.Invalid($"'{Source.Path}' lacks the blob {descriptor.Digest} ({descriptor.MediaType}).");

    private ContainerStorageException Mismatch(OciDescriptor descriptor, Digest actual, long size) =>
        new(
            ErrorIds.LayerDigestMismatch,
            $"The blob {descriptor.Digest} of '{Source.Path}' is not what its descriptor says: "
                + $"it is {actual} with {size} bytes instead of {descriptor.Size}.",
            descriptor.Digest,
            "Nothing of it was kept. Take the image from its source anew."
        );
}
