using System.Text.Json;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Engine.Containers.State.Stored;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Linux.Posix;

namespace ContainerPS.Engine.Containers.State;

/// <summary>
/// The containers on disk. The directory `containers/ID` is the intent, made under the container's lock before anything else;
/// `names/NAME`, a symbolic link, is the reservation of the name; `container.json`, written last, makes the container. A directory without
/// one, with its lock free, is what a killed create left, unless it has traces of a run (<see cref="RunTraces"/>): then its record was
/// lost, and nothing else must be. Name and record of a container that removes itself are in the run root.
/// </summary>
/// <param name="location">Of the store.</param>
/// <param name="lockTimeout">How long a lock is waited for.</param>
/// <param name="cgroupVersion">1 or 2.</param>
/// <param name="hasProcesses">Whether there are processes in the cgroup that a container of that id usually has.</param>
internal sealed class ContainerStore(StoreLocation location, TimeSpan lockTimeout, Func<int> cgroupVersion, Func<string, bool> hasProcesses)
{
    private static readonly string[] InRunRoot = ["containers", "exits", "locks", "names", "trash"];

    private const string LockSuffix = ".lock";

    private readonly string _runLocks = location.RunRoot + "/locks";
    private bool _prepared;

    public StoreLocation Location { get; } = location;

    private string Names => Location.Root + "/names";

    private string VolatileNames => Location.RunRoot + "/names";

    public ContainerPaths PathsOf(string id, bool isVolatile = false) => new(Location.Root, Location.RunRoot, id, isVolatile);

    /// <summary>
    /// Makes the directories of the store where they are missing: also those of a run root that was taken away while this process lives.
    /// </summary>
    public void Prepare()
    {
        if (Volatile.Read(ref _prepared) && Files.Exists(_runLocks))
        {
            return;
        }

        Location.EnsureRoot();
        Files.MakeDirectories(Location.RunRoot, Modes.Mode0755);

        foreach (
            string? directory in new[] { Location.Containers, Location.Trash, Names, Location.Locks }.Concat(
                InRunRoot.Select(name => $"{Location.RunRoot}/{name}")
            )
        )
        {
            Files.MakeDirectories(directory, Modes.Mode0700);
        }

        Volatile.Write(ref _prepared, true);
    }

    /// <summary>The lock of a container, held by who drives a transition until it ends.</summary>
    public FileLock Lock(string id, string purpose, CancellationToken cancellation = default)
    {
        try
        {
            return Prepared(() => FileLock.Acquire(PathsOf(id).Lock, lockTimeout, cancellation: cancellation));
        }
        catch (TimeoutException)
        {
            string holder = LockHolder.Of(PathsOf(id).Lock) ?? "another process";
            throw new ContainerResourceBusyException(
                ErrorIds.ObjectLocked,
                $"{purpose} has waited {lockTimeout.TotalSeconds:0.#} s for the container {id[..12]}, which is held by: {holder}.",
                [holder],
                id,
                "Try again when that is done."
            );
        }
    }

    public FileLock? TryLock(string id) => Prepared(() => FileLock.TryAcquire(PathsOf(id).Lock));

    /// <summary>
    /// Takes a lock. The directory of the locks may have been taken away since it was made: the kernel says so, and a look beforehand
    /// would cost as much as the lock.
    /// </summary>
    private T Prepared<T>(Func<T> take)
    {
        if (Volatile.Read(ref _prepared))
        {
            try
            {
                return take();
            }
            catch (LinuxException failure) when (failure.Errno == ENOENT)
            {
                // It is made anew below.
            }
        }

        Prepare();
        return take();
    }

    /// <summary>
    /// Reserves a name; false when it is taken. It is taken in the run root first, also where it is kept elsewhere: of two creates that
    /// want one name at the same moment, one gets it.
    /// </summary>
    public bool TryReserveName(string name, ContainerPaths paths)
    {
        string first = $"{VolatileNames}/{name}";
        if (!Files.TrySymlinkAt(paths.Id, FileDescriptor.CurrentDirectory, first))
        {
            return false;
        }

        bool keepsFirst = false;
        try
        {
            if (!paths.IsVolatile)
            {
                return Files.TrySymlinkAt(paths.Id, FileDescriptor.CurrentDirectory, $"{Names}/{name}");
            }

            return keepsFirst = IdIn(Names, name) is null;
        }
        finally
        {
            if (!keepsFirst)
            {
                Files.TryUnlink(first);
            }
        }
    }

    /// <summary>Gives a name back, if it is still this container's.</summary>
    public void ReleaseName(string name, string id)
    {
        foreach (string? place in new[] { VolatileNames, Names })
        {
            if (IdIn(place, name) == id)
            {
                Files.TryUnlink($"{place}/{name}");
            }
        }
    }

    /// <summary>The id that holds a name; null when it is free.</summary>
    public string? IdOfName(string name) => IdIn(Names, name) ?? IdIn(VolatileNames, name);

    /// <summary>Whether something lies in the place of a name that is none.</summary>
    public static bool IsThereButNoName(string path) =>
        Files.TryStatusAt(FileDescriptor.CurrentDirectory, path, out FileStatus status) && !status.IsSymlink;

    private static string? IdIn(string names, string name) => Files.TryReadLink($"{names}/{name}");

    /// <summary>Flushes the directories that a create has changed.</summary>
    public void SyncDirectories(ContainerPaths paths)
    {
        foreach (string? path in new[] { paths.Directory, Location.Containers, Names })
        {
            using FileDescriptor directory = Files.OpenDirectory(path);
            directory.Sync();
        }
    }

    /// <summary>Ids of all directories in the store, finished or not.</summary>
    public IEnumerable<string> Ids() => ContainerPaths.IdsIn(Location.Containers);

    /// <summary>Names with the ids that they lead to.</summary>
    public IEnumerable<(string Name, string Id)> ReservedNames() => [.. NamesIn(Names), .. NamesIn(VolatileNames)];

    /// <summary>Names of one place with the ids that they lead to; an empty id for what is no symbolic link.</summary>
    public static IEnumerable<(string Name, string Id)> NamesIn(string names)
    {
        using FileDescriptor? directory = Files.TryOpenAt(FileDescriptor.CurrentDirectory, names, O_RDONLY | O_DIRECTORY);
        return directory is null ? [] : [.. Files.ReadDirectory(directory).Select(entry => (entry.Name, IdIn(names, entry.Name) ?? ""))];
    }

    /// <summary>Ids of the directories in the run root.</summary>
    public IEnumerable<string> RunIds() => ContainerPaths.IdsIn(Location.RunRoot + "/containers");

    /// <summary>Ids that have a lock file: containers, what is being created or removed, and what of those was killed.</summary>
    public IEnumerable<string> LockIds()
    {
        using FileDescriptor? directory = Files.TryOpenAt(FileDescriptor.CurrentDirectory, _runLocks, O_RDONLY | O_DIRECTORY);
        return directory is null
            ? []
            : Files
                .ReadDirectory(directory)
                .Select(entry => entry.Name)
                .Where(name => name.EndsWith(LockSuffix, StringComparison.Ordinal))
                .Select(name => name[..^LockSuffix.Length]);
    }

    /// <summary>Ids of all containers, also of those whose record cannot be read.</summary>
    public IEnumerable<string> RecordedIds() => Ids().Union(RunIds()).Where(IsContainer);

    /// <summary>The directories that names lie in.</summary>
    public IReadOnlyList<string> NamePlaces => [Names, VolatileNames];

    /// <summary>A handle; null when there is no such container (or only the beginning of one).</summary>
    public Container? Open(string id) =>
        OpenRecorded(id)
        ?? (
            DamageOfLost(id) is { } damage
                // A create may have been completed meanwhile.
                ? OpenRecorded(id) ?? OpenUnreadable(PathsOf(id, isVolatile: HasRunHome(id)), default, damage)
                : null
        );

    private Container? OpenRecorded(string id) => OpenRecorded(PathsOf(id)) ?? OpenRecorded(PathsOf(id, isVolatile: true));

    private Container? OpenRecorded(ContainerPaths paths)
    {
        var stamp = FileStamp.Of(paths.Record);
        if (!stamp.Exists)
        {
            return null;
        }

        ContainerRecord? record = ContainerDocuments.ReadRecord(paths.Record, paths.Id, out string? damage);
        return record is not null ? new Container(ViewOf(paths, record, stamp)) : OpenUnreadable(paths, stamp, damage);
    }

    private Container OpenUnreadable(ContainerPaths paths, FileStamp stamp, string? damage) =>
        new(ViewOf(paths, UnreadableRecord.Of(paths, NameOf(paths.Id)), stamp, damage));

    /// <summary>Whether there is a container with that id: also one whose record cannot be read, or is lost.</summary>
    public bool IsContainer(string id) => HasRecord(id) || DamageOfLost(id) is not null;

    private bool HasRecord(string id) =>
        FileStamp.Of(PathsOf(id).Record).Exists || FileStamp.Of(PathsOf(id, isVolatile: true).Record).Exists;

    private bool HasRunHome(string id) => RunTraces.HeldTheRecord(PathsOf(id).RunDirectory);

    /// <summary>
    /// Why a container without a record is one all the same, as a sentence; null for what a killed create or removal has left. Only asked
    /// where there is no record.
    /// </summary>
    private string? DamageOfLost(string id)
    {
        ContainerPaths paths = PathsOf(id);
        try
        {
            bool isThere = FileStamp.Of(paths.Directory).Exists || FileStamp.Of(paths.RunDirectory).Exists;
            string? trace = isThere ? RunTraces.Find(Location, id) ?? (Runs(paths) ? "Its processes run." : null) : null;
            return trace is null
                ? null
                : $"Its record (container.json) is missing. {trace} A copy of the record that is put back makes it whole again.";
        }
        catch (LinuxException)
        {
            // Getters never throw: what cannot be looked at is as good as gone to this process.
            return null;
        }
    }

    private bool Runs(ContainerPaths paths) =>
        !RunTraces.IsBeingRemoved(Location, paths.Id)
        && (
            ContainerDocuments.TryRead(paths.State) is { } log && StateLog.Read(log) is { IsAlive: true, First.IsAlive: true }
            || hasProcesses(paths.Id)
        );

    private string? NameOf(string id) => ReservedNames().FirstOrDefault(pair => pair.Id == id).Name;

    public Container HandleOf(ContainerPaths paths, ContainerRecord record, FileStamp stamp) => new(ViewOf(paths, record, stamp));

    private ContainerView ViewOf(ContainerPaths paths, ContainerRecord record, FileStamp stamp, string? damage = null) =>
        new(paths, record, stamp, cgroupVersion, () => HostFacts.BootId, DamageOfLost, damage);

    /// <summary>The container of a name, an id, or an id prefix that only one has. Null where there is none.</summary>
    public Container? Find(string nameOrId)
    {
        if (nameOrId.Length == 0 || nameOrId.AsSpan().ContainsAny('/', '\0') || nameOrId[0] == '.')
        {
            return null;
        }

        if (IdOfName(nameOrId) is { } named && Open(named) is { } byName)
        {
            return byName;
        }

        if (!ContainerName.IsIdPrefix(nameOrId))
        {
            return null;
        }

        if (nameOrId.Length == ContainerName.IdLength)
        {
            return Open(nameOrId);
        }

        string[] matches = Ids().Where(id => id.StartsWith(nameOrId, StringComparison.Ordinal)).Take(2).ToArray();
        if (matches.Length > 1)
        {
            throw new EngineException(
                ErrorIds.ContainerIdAmbiguous,
                EngineErrorKind.InvalidArgument,
                $"More than one container's id begins with '{nameOrId}'.",
                nameOrId,
                "Give more digits, or the name."
            );
        }

        return matches.Length == 1 ? Open(matches[0]) : null;
    }

    /// <summary>
    /// Creates a record's file, whole at once: one that is empty or torn is damaged, never one that a killed creator had begun. Only the
    /// creator, under the lock, knows the directory.
    /// </summary>
    public static FileStamp CreateRecord(ContainerPaths paths, ContainerRecord record, bool durable)
    {
        string beginning = paths.Record + ".new";
        using FileDescriptor file = Files.Open(beginning, O_WRONLY | O_CREAT | O_EXCL, Modes.Mode0600);
        file.Write(ContainerDocuments.BytesOf(record));
        if (durable)
        {
            file.Sync();
        }

        Files.Rename(beginning, paths.Record);
        return FileStamp.Of(file);
    }

    /// <summary>Replaces a record, durably unless the container is thrown away anyhow.</summary>
    public static void ReplaceRecord(Container container, ContainerRecord record)
    {
        ContainerPaths paths = container.View.Paths;
        AtomicFile.Write(paths.Record, ContainerDocuments.BytesOf(record), durable: !record.Definition.AutoRemove);
        container.View.Replace(record, FileStamp.Of(paths.Record));
    }

    // There is nothing yet that a reader could miss: what it reads too early is no record, and the container is not started. O_NONBLOCK: a
    // FIFO in its place is an error, not a wait for a reader.
    private static void WriteFirst(string path, byte[] content)
    {
        using FileDescriptor file = Files.Open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK, Modes.Mode0600);
        file.Write(content);
    }

    /// <summary>Records a start, and what is wanted: never synced.</summary>
    public static void WriteStart(ContainerPaths paths, StartRecord start)
    {
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(start, StoredJson.Default.StartRecord);
        if (start.Run > 1 || start.Desired != DesiredState.Running)
        {
            AtomicFile.Write(paths.Start, content, durable: false);
        }
        else
        {
            WriteFirst(paths.Start, content);
        }
    }
}
