using ContainerPS.Engine.Common;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Images;

/// <summary>A blob on its way into the store: written, verified, not yet visible.</summary>
internal sealed record StagedBlob(Digest Digest, long Size, string Path);

/// <summary>
/// The blobs of the layout, by digest. New ones are staged under <c>tmp/</c> and renamed into place under the store's lock after one
/// syncfs: what
/// <c>blobs/sha256</c> shows is whole and on disk.
/// </summary>
internal sealed class BlobStore(StoreLocation store)
{
    /// <summary>image-spec gives no limit; registries refuse documents above 4 MiB, and nobody needs more.</summary>
    public const int MaximumDocument = 4 * 1024 * 1024;

    private const int BufferSize = 1 << 20;

    private string BlobDirectory => System.IO.Path.Combine(store.OciLayout, "blobs", "sha256");

    private string StagingDirectory => System.IO.Path.Combine(store.Root, "tmp");

    public string PathOf(Digest digest) => System.IO.Path.Combine(BlobDirectory, digest.Hex);

    public bool Contains(Digest digest) => File.Exists(PathOf(digest));

    public bool Contains(Digest digest, long size) => new FileInfo(PathOf(digest)) is { Exists: true } file && file.Length == size;

    public FileStream Open(Digest digest) =>
        new(PathOf(digest), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1, FileOptions.SequentialScan);

    /// <summary>A whole document, verified against its digest.</summary>
    /// <exception cref="ContainerStorageException"><see cref="ErrorIds.StoreCorrupt"/>,
    /// <see cref="ErrorIds.LayerDigestMismatch"/>.</exception>
    public byte[] ReadDocument(Digest digest)
    {
        try
        {
            byte[] content = File.ReadAllBytes(PathOf(digest));
            return Digest.Of(content) == digest
                ? content
                : throw new ContainerStorageException(
                    ErrorIds.LayerDigestMismatch,
                    $"The blob {digest} of the store is damaged: its content has another digest.",
                    digest.ToString(),
                    "Remove the image and bring it again."
                );
        }
        catch (IOException failure)
        {
            throw new ContainerStorageException(
                ErrorIds.StoreCorrupt,
                $"The blob {digest} is missing from the store.",
                digest.ToString(),
                "Remove the image and bring it again.",
                failure
            );
        }
    }

    public IEnumerable<Digest> List() =>
        !Directory.Exists(BlobDirectory)
            ? []
            : Directory
                .EnumerateFiles(BlobDirectory)
                .Select(path => Digest.TryParseHex(System.IO.Path.GetFileName(path), out Digest digest) ? digest : default)
                .Where(digest => !digest.IsEmpty);

    /// <summary>Opens a new file to stage a blob in.</summary>
    public FileStream Stage(StoreLease lease, out string path)
    {
        Directory.CreateDirectory(StagingDirectory);
        path = System.IO.Path.Combine(StagingDirectory, lease.NewTemporaryName());
        lease.Own(path);
        return new FileStream(
            path,
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.Read | FileShare.Delete,
                BufferSize = BufferSize,
            }
        );
    }

    /// <summary>Stages a document or other small content.</summary>
    public StagedBlob Stage(StoreLease lease, ReadOnlySpan<byte> content)
    {
        using FileStream file = Stage(lease, out string? path);
        file.Write(content);
        return new StagedBlob(Digest.Of(content), content.Length, path);
    }

    /// <summary>Makes staged blobs visible. They are on disk already; the caller holds the store's lock.</summary>
    public void Publish(IEnumerable<StagedBlob> blobs)
    {
        Directory.CreateDirectory(BlobDirectory);
        foreach (StagedBlob blob in blobs)
        {
            // Under one digest lies one content: whichever file comes last.
            if (File.Exists(blob.Path))
            {
                Files.Rename(blob.Path, PathOf(blob.Digest));
            }
        }

        AtomicFile.SyncDirectory(BlobDirectory);
    }

    public long Delete(Digest digest)
    {
        var file = new FileInfo(PathOf(digest));
        if (!file.Exists)
        {
            return 0;
        }

        long size = file.Length;
        file.Delete();
        return size;
    }

    /// <summary>Deletes what crashed operations left. The caller holds the store's lock.</summary>
    public void Sweep(HashSet<string> alive)
    {
        foreach (string directory in (string[])[StagingDirectory, store.Root, store.OciLayout])
        {
            if (!Directory.Exists(directory))
            {
                continue;
            }

            foreach (string path in Directory.EnumerateFiles(directory, AtomicFile.TemporaryPrefix + "*"))
            {
                if (StoreLease.IsLeftOver(System.IO.Path.GetFileName(path), alive))
                {
                    Files.TryUnlink(path);
                }
            }
        }
    }
}
