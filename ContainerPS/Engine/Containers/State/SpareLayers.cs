using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Linux.Posix;

namespace ContainerPS.Engine.Containers.State;

/// <summary>
/// `spare/ID`: the writable layer of the next container that removes itself, with the overlay of its root, made behind the end of the one
/// before. Making both is the dearest part of a short run (ext4 makes six directories). At most one, in a series of runs of one image; it
/// goes when nobody wants it for ten seconds, and with this process. One that a killed process left is not locked, and is deleted by the
/// next engine.
/// </summary>
internal sealed class SpareLayers
{
    private readonly StoreLocation _location;
    private readonly TimeSpan _patience;
    private readonly WorkerThread _maker;
    private readonly Lock _gate = new();
    private readonly Lock _making = new();
    private SpareLayer? _waiting;
    private IReadOnlyList<string> _wanted = [];
    private bool _isSeries;
    private bool _endsWithProcess;
    private long _lastTaken = long.MinValue;

    public SpareLayers(StoreLocation location, TimeSpan patience)
    {
        _location = location;
        _patience = patience;
        _maker = new WorkerThread("containerps spare", Make, patience, GiveUp, Drop);
    }

    public string Directory => _location.Root + "/spare";

    /// <summary>
    /// The one that was made for these layers; null when there is none. The second who asks within the patience makes it likely that there
    /// will be a third.
    /// </summary>
    /// <param name="lowers">Of an image: they never change.</param>
    public SpareLayer? TryTake(IReadOnlyList<string> lowers)
    {
        SpareLayer? waiting;
        lock (_gate)
        {
            long now = Environment.TickCount64;
            _isSeries = _lastTaken > now - (long)_patience.TotalMilliseconds && _wanted.SequenceEqual(lowers);
            (_lastTaken, _wanted) = (now, lowers);
            (waiting, _waiting) = (_waiting, null);
        }

        if (waiting is null || waiting.IsOf(lowers))
        {
            return waiting;
        }

        waiting.Delete();
        return null;
    }

    /// <summary>In a series, has the next one made: when the last one has ended, for both want the same locks of the kernel's.</summary>
    public void Replenish()
    {
        lock (_gate)
        {
            if (!_isSeries || _waiting is not null)
            {
                return;
            }
        }

        _maker.Wake();
    }

    /// <summary>Names of those that killed processes have left, and of those that living ones hold.</summary>
    public IReadOnlyList<string> Ids() => [.. ContainerPaths.IdsIn(Directory)];

    /// <summary>Deletes one that nobody holds.</summary>
    public void Sweep(string id) => TreeRemover.DeleteIfFree($"{Directory}/{id}");

    /// <summary>Keeps none from now on, until there is another series.</summary>
    public void Release()
    {
        lock (_gate)
        {
            (_isSeries, _lastTaken) = (false, long.MinValue);
        }

        lock (_making)
        {
            Keep(null);
        }
    }

    private void Make()
    {
        lock (_making)
        {
            MakeIfWanted();
        }
    }

    private void MakeIfWanted()
    {
        IReadOnlyList<string> lowers;
        lock (_gate)
        {
            if (!_isSeries || _waiting is not null)
            {
                return;
            }

            lowers = _wanted;
            if (!_endsWithProcess)
            {
                AppDomain.CurrentDomain.ProcessExit += EndWithProcess;
            }

            _endsWithProcess = true;
        }

        Files.MakeDirectories(Directory, Modes.Mode0700);
        Keep(TryMake($"{Directory}/{ContainerName.NewId()}", lowers));
    }

    // A full disk, a layer that is gone, a disk that has become read-only: a spare is optional, and if the cause persists, the next run
    // reports it. What lies half made is not locked: the next engine sweeps it.
    private void GiveUp(Exception failure)
    {
        lock (_gate)
        {
            (_isSeries, _lastTaken) = (false, long.MinValue);
        }
    }

    private static SpareLayer? TryMake(string path, IReadOnlyList<string> lowers)
    {
        IReadOnlyList<(ulong Device, ulong Inode, long Changed)> identity = SpareLayer.IdentityOf(lowers);
        Files.MakeDirectory(path, Modes.Mode0700);
        // Somebody may be sweeping just now: then it is his.
        if (FileLock.TryAcquireDirectory(path) is not { } held)
        {
            return null;
        }

        FileDescriptor? root = null;
        try
        {
            Files.MakeDirectory(path + "/upper", Modes.Mode0755);
            Files.MakeDirectory(path + "/work", Modes.Mode0700);
            root = DetachedRoot.TryMake(
                new RootFsSource.Overlay(lowers, path + "/upper", path + "/work", Volatile: true, UserXattr: false)
            );
            return root is null ? null : new SpareLayer(path, held, root, lowers, identity);
        }
        finally
        {
            if (root is null)
            {
                TreeRemover.Delete(path);
                held.Dispose();
            }
        }
    }

    private void Keep(SpareLayer? made)
    {
        lock (_gate)
        {
            (made, _waiting) = (_waiting, made);
        }

        made?.Delete();
    }

    private void Drop()
    {
        lock (_gate)
        {
            if (_endsWithProcess)
            {
                AppDomain.CurrentDomain.ProcessExit -= EndWithProcess;
            }

            _endsWithProcess = false;
        }

        Keep(null);
    }

    private void EndWithProcess(object? sender, EventArgs e)
    {
        try
        {
            // One that is being made goes, too.
            Release();
        }
        catch (Exception failure)
        {
            // An exception here would end the process by abort, with the user's session in it.
            GiveUp(failure);
        }
    }
}
