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

    public StoreLocation Store { get; } = store;

    /// <summary>The lower directory of a layer, there or not.</summary>
    public string DirectoryOf(Digest chainId) => Path.Combine(LayerPath(chainId), "fs");

    /// <summary>
    /// The same as a short link, relative to <see cref="StoreLocation.Layers"/>: 500 of them fit into a page of mount options.
    /// </summary>
    public static string LinkOf(Digest chainId) => $"{LinkDirectory}/{chainId.Hex[..LinkLength]}";

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

    /// <summary>What is known of an unpacked layer; null when it is not there.</summary>
    public LayerDocument? Describe(Digest chainId)
    {
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

        var document = LayerDocument.Read(file.FullName);
        _documents[chainId] = (stamp, document);
        return document;
    }

    /// <summary>
    /// Takes a layer out of the store: gone for everybody at the rename, then deleted at leisure. Returns the bytes it had on disk.
    /// </summary>
    /// <param name="chainId">The layer; one that is not there is no error.</param>
    /// <param name="lease">Its id marks what a crash leaves of the deleting.</param>
    public long Delete(Digest chainId, StoreLease lease)
    {
        if (!Contains(chainId))
        {
            return 0;
        }

        long size = Describe(chainId)?.DiskUsage ?? 0;
        string dying = Path.Combine(Store.Layers, lease.NewTemporaryName());
        Files.Rename(LayerPath(chainId), dying);
        _documents.TryRemove(chainId, out _);
        Files.TryUnlink(Path.Combine(Store.Layers, LinkOf(chainId)));
        TreeRemover.Delete(dying);
        return size;
    }

    /// <summary>Deletes what crashed operations left half made. The caller holds the store's lock.</summary>
    public void Sweep(HashSet<string> alive)
    {
        if (!Directory.Exists(Store.Layers))
        {
            return;
        }

        foreach (string path in Directory.EnumerateFileSystemEntries(Store.Layers))
        {
            if (StoreLease.IsLeftOver(Path.GetFileName(path), alive))
            {
                TreeRemover.Delete(path);
            }
        }

        SweepLinks();
    }

    /// <summary>Makes a layer's short link where a crash came between the layer and its link.</summary>
    internal void EnsureLink(Digest chainId)
    {
        string link = Path.Combine(Store.Layers, LinkOf(chainId));
        if (!Files.TryStatusAt(FileDescriptor.CurrentDirectory, link, out _))
        {
            Files.TrySymlinkAt($"../{chainId.Hex}/fs", FileDescriptor.CurrentDirectory, link);
        }
    }

    private void SweepLinks()
    {
        string directory = Path.Combine(Store.Layers, LinkDirectory);
        if (!Directory.Exists(directory))
        {
            return;
        }

        foreach (
            FileSystemInfo? link in new DirectoryInfo(directory).EnumerateFileSystemInfos().Where(link => !Files.Exists(link.FullName))
        )
        {
            Files.TryUnlink(link.FullName);
        }
    }

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
    /// Makes a layer visible. Everything of it is on disk already (<see cref="Sync"/>). Who comes second to a name drops what it made.
    /// </summary>
    internal void Publish(PendingLayer layer, Digest chainId)
    {
        string target = LayerPath(chainId);
        try
        {
            Files.Rename(layer.Path, target);
        }
        catch (LinuxException) when (Directory.Exists(target))
        {
            TreeRemover.Delete(layer.Path);
        }

        layer.Published();
        EnsureLink(chainId);
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
