using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Linux.Posix;

namespace ContainerPS.Engine.Containers.State;

/// <summary>The files of one container. Strings are made when asked for: most of them are not needed in most lives.</summary>
/// <param name="root">Of the store.</param>
/// <param name="runRoot">Of the store.</param>
/// <param name="id">Of the container.</param>
/// <param name="isVolatile">
/// Whether it removes itself. Such a container lives in the run root, for it would not outlive the boot anyway; only its writable layer and
/// its log, for which memory is no place, lie beside those of others. (A file made costs an ext4 without a journal 20 to 600 microseconds,
/// by how many were deleted of late.)
/// </param>
internal sealed class ContainerPaths(string root, string runRoot, string id, bool isVolatile = false)
{
    /// <summary>What a start makes in the run directory.</summary>
    public static readonly string[] RunFiles = ["state", "exits", "monitor.lock", "stdin", "stdout", "stderr"];

    /// <summary>Ids that entries of a directory have for names; none where there is no such directory.</summary>
    public static IEnumerable<string> IdsIn(string path)
    {
        using FileDescriptor? directory = Files.TryOpenAt(FileDescriptor.CurrentDirectory, path, O_RDONLY | O_DIRECTORY);
        return directory is null
            ? []
            : Files.ReadDirectory(directory).Select(entry => entry.Name).Where(name => name.Length == ContainerName.IdLength);
    }

    public string Id { get; } = id;

    public bool IsVolatile { get; } = isVolatile;

    /// <summary>Durable: upper layer, log, exit records.</summary>
    public string Directory { get; } = $"{root}/containers/{id}";

    /// <summary>Volatile: state and standard streams.</summary>
    public string RunDirectory { get; } = $"{runRoot}/containers/{id}";

    /// <summary>The one of the two that has the record, the files beside it, and therefore decides whether there is a container.</summary>
    public string Home => IsVolatile ? RunDirectory : Directory;

    /// <summary>Where <see cref="Directory"/> is moved by the removal, to be deleted.</summary>
    public string Trash => $"{root}/trash/{Id}";

    /// <summary>Where <see cref="RunDirectory"/> is.</summary>
    public string RunTrash => $"{runRoot}/trash/{Id}";

    public string Record => Home + "/container.json";

    /// <summary>Where the record of a container may lie whose removal was not completed.</summary>
    public IEnumerable<string> RemovedRecords =>
        [
            Trash + "/container.json",
            RunTrash + "/container.json",
            $"{Directory}/{RunTraces.RemovedRecord}",
            $"{RunDirectory}/{RunTraces.RemovedRecord}",
        ];

    public string Spec => Home + "/config.json";

    /// <summary>The last start and what is wanted since.</summary>
    public string Start => Home + "/start";

    public string Exits => Directory + "/exits";

    public string Upper => Directory + "/upper";

    public string Work => Directory + "/work";

    public string Log => Directory + "/container.log";

    public string Hosts => Home + "/hosts";

    public string Hostname => Home + "/hostname";

    public string ResolvConf => Home + "/resolv.conf";

    public string State => RunDirectory + "/state";

    /// <summary>Exit records of a container that removes itself: they need not outlive the boot.</summary>
    public string VolatileExits => RunDirectory + "/exits";

    public string MonitorLock => RunDirectory + "/monitor.lock";

    /// <summary>Record of the last end of a removed container, kept for an hour.</summary>
    public string RemovedExit => $"{runRoot}/exits/{Id}";

    /// <summary>A lock need not outlive the boot.</summary>
    public string Lock => $"{runRoot}/locks/{Id}.lock";
}
