using System.Text;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Common;

/// <summary>
/// One operation in flight: a file below <c>leases/</c>, locked while its process lives. It lists the digests and chain ids that the
/// operation found in the store and relies on (a removal deletes nothing that a living lease lists), and its id is in the name of
/// everything unfinished that the operation makes, so that the left-overs of a dead one can be told and deleted.
/// </summary>
/// <remarks>Opened, extended and swept under the store's lock; held without it, as long as an import takes.</remarks>
public sealed class StoreLease : IDisposable
{
    private readonly FileLock _lock;
    private readonly List<string> _files = [];
    private int _temporaries;

    private StoreLease(string id, FileLock held)
    {
        Id = id;
        _lock = held;
    }

    public string Id { get; }

    /// <summary>Begins an operation. The caller holds the store's lock.</summary>
    public static StoreLease Open(StoreLocation store, string purpose)
    {
        store.EnsureRoot();
        Files.MakeDirectories(store.Leases, Modes.Mode0700);
        string id = Convert.ToHexStringLower(Guid.NewGuid().ToByteArray().AsSpan(0, 8));
        var held = FileLock.Acquire(Path.Combine(store.Leases, id), TimeSpan.FromSeconds(1));
        var lease = new StoreLease(id, held);
        try
        {
            held.Descriptor.Write(Encoding.UTF8.GetBytes($"# {purpose} (pid {Environment.ProcessId})\n"));
            return lease;
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Protects content from removal, from now on. The caller holds the store's lock and looks whether it is there after this.
    /// </summary>
    public void Protect(IEnumerable<Digest> digests)
    {
        string text = string.Concat(digests.Select(digest => digest + "\n"));
        if (text.Length > 0)
        {
            _lock.Descriptor.Write(Encoding.ASCII.GetBytes(text));
        }
    }

    /// <summary>A new name for something unfinished; the sweep knows it by the lease's id.</summary>
    public string NewTemporaryName() => $"{AtomicFile.TemporaryPrefix}{Id}-{Interlocked.Increment(ref _temporaries)}";

    /// <summary>An unfinished file of the operation: deleted when the operation ends, unless it was renamed into place.</summary>
    public void Own(string path) => _files.Add(path);

    /// <summary>Everything that living operations rely on. The caller holds the store's lock.</summary>
    public static HashSet<Digest> Protected(StoreLocation store)
    {
        var result = new HashSet<Digest>();
        foreach (string path in LeaseFiles(store))
        {
            // Not by FileStream, which asks for a shared flock.
            foreach (ReadOnlySpan<char> line in Files.ReadAllText(path).AsSpan().EnumerateLines())
            {
                if (Digest.TryParse(line.ToString(), out Digest digest))
                {
                    result.Add(digest);
                }
            }
        }

        return result;
    }

    /// <summary>Ends the leases of dead processes and returns the ids of the living. The caller holds the store's lock.</summary>
    public static HashSet<string> Sweep(StoreLocation store)
    {
        var alive = new HashSet<string>(StringComparer.Ordinal);
        foreach (string path in LeaseFiles(store))
        {
            using var dead = FileLock.TryAcquire(path);
            if (dead is null)
            {
                alive.Add(Path.GetFileName(path));
            }
            else
            {
                dead.RemoveFile();
            }
        }

        return alive;
    }

    /// <summary>Ids of living operations, and the files of dead ones. Changes nothing. The caller holds the store's lock.</summary>
    public static (HashSet<string> Alive, IReadOnlyList<string> Dead) Look(StoreLocation store)
    {
        ILookup<bool, string> files = LeaseFiles(store).ToLookup(FileLock.IsHeld);
        return ([.. files[true].Select(path => Path.GetFileName(path))], [.. files[false]]);
    }

    /// <summary>True for the name of something unfinished whose operation is over.</summary>
    public static bool IsLeftOver(string name, HashSet<string> alive)
    {
        if (!name.StartsWith(AtomicFile.TemporaryPrefix, StringComparison.Ordinal))
        {
            return false;
        }

        string owner = name[AtomicFile.TemporaryPrefix.Length..].Split('-')[0];
        return !alive.Contains(owner);
    }

    public void Dispose()
    {
        if (_lock.Descriptor.IsClosed)
        {
            return;
        }

        foreach (string path in _files)
        {
            Files.TryUnlink(path);
        }

        _lock.RemoveFile();
        _lock.Dispose();
    }

    private static string[] LeaseFiles(StoreLocation store) => Directory.Exists(store.Leases) ? Directory.GetFiles(store.Leases) : [];
}
