using ContainerPS.Engine.Common;
using ContainerPS.Engine.Layers;
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

    public bool Contains(Digest digest) => TrySize(digest) is not null;

    public bool Contains(Digest digest, long size) => TrySize(digest) == size;

    /// <summary>0 for one that is not there.</summary>
    public long SizeOf(Digest digest) => TrySize(digest) ?? 0;

    public FileStream Open(Digest digest) =>
        new(PathOf(digest), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1, FileOptions.SequentialScan);

    /// <summary>A whole document, verified against its digest.</summary>
    /// <exception cref="ContainerStorageException"><see cref="ErrorIds.StoreCorrupt"/>,
    /// <see cref="ErrorIds.LayerDigestMismatch"/>.</exception>
    public byte[] ReadDocument(Digest digest)
    {
        try
        {
            long? size = TrySize(digest);
            if (size > MaximumDocument)
            {
                throw ImageContent.Invalid($"The document {digest} has {size} bytes; {MaximumDocument} are allowed.");
            }

            byte[] content = size is null ? throw new FileNotFoundException(null, PathOf(digest)) : File.ReadAllBytes(PathOf(digest));
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

    /// <summary>Null where there is none. A FIFO by its name is none: its open would wait for a writer.</summary>
    private long? TrySize(Digest digest) =>
        Files.TryStatusAt(FileDescriptor.CurrentDirectory, PathOf(digest), out FileStatus status, followSymlink: true) && status.IsRegular
            ? status.Size
            : null;

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
        store.EnsureRoot();
        Files.MakeDirectories(StagingDirectory, Modes.Mode0700);
        path = System.IO.Path.Combine(StagingDirectory, lease.NewTemporaryName());
        lease.Own(path);
        // Not by a path: FileStream would make it readable by others.
        using FileDescriptor file = Files.Open(path, Posix.O_RDWR | Posix.O_CREAT | Posix.O_EXCL, Modes.Mode0600);
        return new FileStream(file.ToSafeFileHandle(), FileAccess.ReadWrite, BufferSize);
    }

    /// <summary>Stages a document or other small content.</summary>
    public StagedBlob Stage(StoreLease lease, ReadOnlySpan<byte> content)
    {
        using FileStream file = Stage(lease, out string? path);
        file.Write(content);
        return new StagedBlob(Digest.Of(content), content.Length, path);
    }

    /// <summary>Makes staged blobs visible. They are on disk already; the caller holds the store's lock.</summary>
    /// <param name="blobs">The blobs.</param>
    /// <param name="added">Takes the digests of those that were not there.</param>
    public void Publish(IEnumerable<StagedBlob> blobs, List<Digest> added)
    {
        Directory.CreateDirectory(BlobDirectory);
        foreach (StagedBlob blob in blobs)
        {
            // Under one digest lies one content: whichever file comes last.
            if (File.Exists(blob.Path))
            {
                if (!Contains(blob.Digest))
                {
                    added.Add(blob.Digest);
                }

                Files.Rename(blob.Path, PathOf(blob.Digest));
            }
        }

        AtomicFile.SyncDirectory(BlobDirectory);
    }

    /// <summary>Takes a blob out of the store. Returns the bytes that it has on disk.</summary>
    public long Delete(Digest digest)
    {
        var file = new FileInfo(PathOf(digest));
        if (!file.Exists)
        {
            return 0;
        }

        long size = file.Length;
        StoreTrash.Take(store, file.FullName);
        return size;
    }

    /// <summary>Takes away what crashed operations left. The caller holds the store's lock.</summary>
    public void Sweep(HashSet<string> alive)
    {
        foreach (string path in LeftOvers(alive))
        {
            StoreTrash.Take(store, path);
        }
    }

    /// <summary>What crashed operations left.</summary>
    /// <param name="alive">Ids of the living operations.</param>
    public IReadOnlyList<string> LeftOvers(HashSet<string> alive) =>
        [
            .. ((string[])[StagingDirectory, store.Root, store.OciLayout])
                .Where(Directory.Exists)
                .SelectMany(directory => Directory.EnumerateFiles(directory, AtomicFile.TemporaryPrefix + "*"))
                .Where(path => StoreLease.IsLeftOver(System.IO.Path.GetFileName(path), alive)),
        ];
}
