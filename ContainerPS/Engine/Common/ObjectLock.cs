using System.Globalization;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Common;

/// <summary>What a lock protects, in the order in which locks are taken: never a container's lock while an image's is held.</summary>
public enum ObjectLockKind
{
    Container = 0,
    Network = 1,
    Image = 2,
}

/// <summary>
/// The lock of one object: a flock file below <c>locks/</c>, held by the one who drives a transition until it ends. A waiter gives up after
/// its timeout with <see cref="ErrorIds.ObjectLocked"/>, naming the holder. The kernel releases it when the holder dies.
/// </summary>
/// <remarks>
/// Lock files are never renamed. <see cref="ReleaseAndDelete"/> unlinks the file of an object that is gone while the lock is held; whoever
/// waited for it then holds a lock on an unlinked file, notices and begins again.
/// </remarks>
public sealed class ObjectLock : IDisposable
{
    /// <summary>Long enough for any transition that is driven under a lock, short enough to be told about.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);

    private readonly FileLock _lock;

    private ObjectLock(FileLock held) => _lock = held;

    public string FilePath => _lock.Path;

    /// <summary>The lock of one container or network, by id.</summary>
    /// <param name="store">The store whose lock it is.</param>
    /// <param name="kind">Its place in the order of locks.</param>
    /// <param name="id">The object's id: the file's name.</param>
    /// <param name="purpose">What the holder does, for those who wait: "starting the container web".</param>
    /// <param name="timeout">How long to wait; null: <see cref="DefaultTimeout"/>.</param>
    /// <param name="shared">Beside others that hold it shared.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public static ObjectLock Acquire(
        StoreLocation store,
        ObjectLockKind kind,
        string id,
        string purpose,
        TimeSpan? timeout = null,
        bool shared = false,
        CancellationToken cancellation = default
    )
    {
        string path = PathOf(store, kind, id);
        TimeSpan limit = timeout ?? DefaultTimeout;
        try
        {
            return new ObjectLock(FileLock.Acquire(path, limit, purpose, shared, cancellation));
        }
        catch (TimeoutException failure)
        {
            throw Locked(path, kind, id, purpose, limit, failure);
        }
    }

    /// <summary>The lock if it is free now, else null.</summary>
    public static ObjectLock? TryAcquire(StoreLocation store, ObjectLockKind kind, string id, string purpose) =>
        FileLock.TryAcquire(PathOf(store, kind, id), purpose) is { } held ? new ObjectLock(held) : null;

    /// <summary>The lock of the image store (refs, index, blobs).</summary>
    public static ObjectLock AcquireStore(
        StoreLocation store,
        string purpose,
        TimeSpan? timeout = null,
        CancellationToken cancellation = default
    ) => Acquire(store, ObjectLockKind.Image, "store", purpose, timeout, shared: false, cancellation);

    /// <summary>Ends the lock and its file: for an object that was removed. Only the holder may do that.</summary>
    public void ReleaseAndDelete()
    {
        _lock.RemoveFile();
        Dispose();
    }

    public void Dispose() => _lock.Dispose();

    private static string PathOf(StoreLocation store, ObjectLockKind kind, string id)
    {
        store.EnsureRoot();
        Files.MakeDirectories(store.Locks, Modes.Mode0700);
        string prefix = kind is ObjectLockKind.Network ? "network-" : "";
        return Path.Combine(store.Locks, prefix + id + ".lock");
    }

    private static ContainerResourceBusyException Locked(
        string path,
        ObjectLockKind kind,
        string id,
        string purpose,
        TimeSpan limit,
        TimeoutException inner
    )
    {
        string holder = FileLock.ReadHolder(path) ?? "another process";
        return new ContainerResourceBusyException(
            ErrorIds.ObjectLocked,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{purpose}: the lock of {kind.ToString().ToLowerInvariant()} '{id}' was not free "
                    + $"within {limit.TotalSeconds:0.#} s; it is held by {holder}."
            ),
            [holder],
            id,
            "Try again when that is done.",
            inner
        );
    }
}
