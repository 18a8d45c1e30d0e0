using System.Collections.Concurrent;
using ContainerPS.Engine.Common;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Layers;

/// <summary>A layer to be unpacked.</summary>
/// <param name="ChainId">Its name in the store: of it and all below it.</param>
/// <param name="DiffId">What its uncompressed archive must hash to.</param>
/// <param name="Name">For messages and progress.</param>
/// <param name="Size">Of the stored blob, for progress.</param>
/// <param name="Below">The next lower layer; null for the lowest.</param>
/// <param name="Open">Opens the stored blob.</param>
public sealed record LayerSource(Digest ChainId, Digest DiffId, string Name, long Size, LayerSource? Below, Func<Stream> Open);

/// <summary>
/// The unpacked layers: <c>layers/&lt;chainId&gt;/fs</c> is a lower directory of an overlay. A layer's name appears only when all of it is
/// on disk: it is made under a temporary name, then comes syncfs, then the rename.
/// </summary>
/// <remarks>Knows digests and streams, never images; gives directories, never mounts.</remarks>
public sealed partial class LayerStore(StoreLocation store)
{
    private const string InitLayer = "init";
    private const string LinkDirectory = "l";
    private const int LinkLength = 26;

    private readonly ConcurrentDictionary<Digest, ((DateTime Written, long Length) Stamp, LayerDocument Document)> _documents = new();

    // A layer's content never changes: its name is its digest.
    private readonly ConcurrentDictionary<Digest, bool> _hiding = new();

    public StoreLocation Store { get; } = store;

    /// <summary>The lower directory of a layer, there or not.</summary>
    public string DirectoryOf(Digest chainId) => Path.Combine(LayerPath(chainId), "fs");

    /// <summary>
    /// The layer's short link, relative to <see cref="StoreLocation.Layers"/>: about 130 of them fit into a page of mount options, and 55
    /// of the full names.
    /// </summary>
    public static string LinkOf(Digest chainId) => $"{LinkDirectory}/{chainId.Hex[..LinkLength]}";

    /// <summary>
    /// The layer's directory by its short link, which is made where a crash came between the layer and its link; by its full name where
    /// another layer has that link. (Two layers whose first 26 digits are the same can be made on purpose.)
    /// </summary>
    public string ShortNameOf(Digest chainId)
    {
        string target = $"../{chainId.Hex}/fs";
        string link = Path.Combine(Store.Layers, LinkOf(chainId));
        return Files.TrySymlinkAt(target, FileDescriptor.CurrentDirectory, link) || Files.ReadLink(link) == target
            ? LinkOf(chainId)
            : $"{chainId.Hex}/fs";
    }

    public bool Contains(Digest chainId) => Directory.Exists(LayerPath(chainId));

    public IReadOnlyList<Digest> List()
    {
        if (!Directory.Exists(Store.Layers))
        {
            return [];
        }

        return
        [
            .. Directory
                .EnumerateDirectories(Store.Layers)
                .Select(path => Digest.TryParseHex(Path.GetFileName(path), out Digest id) ? id : default)
                .Where(id => !id.IsEmpty),
        ];
    }

    /// <summary>What is known of an unpacked layer; null when it is not there, or its document cannot be read.</summary>
    public LayerDocument? Describe(Digest chainId) => Describe(chainId, out _);

    /// <inheritdoc cref="Describe(Digest)"/>
    /// <param name="chainId">The layer.</param>
    /// <param name="problem">Why its document cannot be read; null when it can, or there is none.</param>
    public LayerDocument? Describe(Digest chainId, out ContainerStorageException? problem)
    {
        problem = null;
        var file = new FileInfo(Path.Combine(LayerPath(chainId), LayerDocument.FileName));
        if (!file.Exists)
        {
            return null;
        }
        // The layer may have been removed and unpacked again since, with less that the file system could not hold.
        (DateTime LastWriteTimeUtc, long Length) stamp = (file.LastWriteTimeUtc, file.Length);
        if (
            _documents.TryGetValue(chainId, out ((DateTime Written, long Length) Stamp, LayerDocument Document) known)
            && known.Stamp == stamp
        )
        {
            return known.Document;
        }

        try
        {
            var document = LayerDocument.Read(file.FullName);
            _documents[chainId] = (stamp, document);
            return document;
        }
        catch (ContainerStorageException failure)
        {
            problem = failure;
            return null;
        }
    }

    /// <summary>
    /// Takes a layer out of the store by one rename; its files are deleted when <see cref="StoreTrash.Empty"/> comes. Returns the bytes
    /// that it has on disk. One that is not there is no error.
    /// </summary>
    public long Delete(Digest chainId)
    {
        if (!Contains(chainId))
        {
            return 0;
        }

        long size = Describe(chainId)?.DiskUsage ?? 0;
        StoreTrash.Take(Store, LayerPath(chainId));
        _documents.TryRemove(chainId, out _);
        Files.TryUnlink(Path.Combine(Store.Layers, LinkOf(chainId)));
        return size;
    }

    /// <summary>Takes away what crashed operations left half made. The caller holds the store's lock.</summary>
    public void Sweep(HashSet<string> alive)
    {
        foreach (string path in LeftOvers(alive))
        {
            StoreTrash.Take(Store, path);
        }
    }

    /// <summary>What crashed operations left half made, and short links that lead nowhere.</summary>
    /// <param name="alive">Ids of the living operations.</param>
    public IReadOnlyList<string> LeftOvers(HashSet<string> alive)
    {
        string links = Path.Combine(Store.Layers, LinkDirectory);
        return
        [
            .. EntriesOf(Store.Layers).Where(path => StoreLease.IsLeftOver(Path.GetFileName(path), alive)),
            .. EntriesOf(links).Where(path => !Files.Exists(path)),
        ];
    }

    private static IEnumerable<string> EntriesOf(string directory) =>
        Directory.Exists(directory) ? new DirectoryInfo(directory).EnumerateFileSystemInfos().Select(entry => entry.FullName) : [];

    /// <summary>A new, private directory to make a layer in; <see cref="Publish"/> gives it its name.</summary>
    internal PendingLayer Begin(StoreLease lease)
    {
        Directory.CreateDirectory(Path.Combine(Store.Layers, LinkDirectory));
        string path = Path.Combine(Store.Layers, lease.NewTemporaryName());
        Files.MakeDirectory(path, Modes.Mode0700);
        Files.MakeDirectory(Path.Combine(path, "fs"), Modes.Mode0755);
        return new PendingLayer(path);
    }

    /// <summary>
    /// Makes a layer visible. Everything of it is on disk already (<see cref="Sync"/>). When another process was first, this layer is
    /// dropped.
    /// </summary>
    internal void Publish(PendingLayer layer, Digest chainId, List<Digest> added)
    {
        string target = LayerPath(chainId);
        try
        {
            Files.Rename(layer.Path, target);
            added.Add(chainId);
        }
        catch (LinuxException) when (Directory.Exists(target))
        {
            StoreTrash.Take(Store, layer.Path);
        }

        layer.Published();
        _ = ShortNameOf(chainId);
    }

    /// <summary>One syncfs for everything that an operation made on the store's file system.</summary>
    public static void Sync(StoreLocation store)
    {
        using FileDescriptor root = Files.OpenDirectory(store.Root);
        root.SyncFileSystem();
    }

    private string LayerPath(Digest chainId) => Path.Combine(Store.Layers, chainId.Hex);
}

/// <summary>A layer in the making; disposed unpublished it is deleted.</summary>
internal sealed class PendingLayer(string path) : IDisposable
{
    private bool _published;

    public string Path => path;

    public string Directory => System.IO.Path.Combine(path, "fs");

    public void Published() => _published = true;

    public void Dispose()
    {
        if (!_published)
        {
            TreeRemover.Delete(path);
        }
    }
}
