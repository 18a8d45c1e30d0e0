namespace ContainerPS.Engine.Containers.State;

/// <summary>The files of one container. Strings are made when asked for: most of them are not needed in most lives.</summary>
internal sealed class ContainerPaths(string root, string runRoot, string id)
{
    /// <summary>What is in the run directory.</summary>
    public static readonly string[] RunFiles = ["state", "exits", "monitor.lock", "stdin", "stdout", "stderr"];

    public string Id { get; } = id;

    /// <summary>Durable: definition, upper layer, log, exit records.</summary>
    public string Directory { get; } = $"{root}/containers/{id}";

    /// <summary>Volatile: state and standard streams.</summary>
    public string RunDirectory { get; } = $"{runRoot}/containers/{id}";

    /// <summary>Where the directory is moved by its removal, to be deleted.</summary>
    public string Trash => $"{root}/trash/{Id}";

    public string Record => Directory + "/container.json";

    public string Spec => Directory + "/config.json";

    /// <summary>The last start and what is wanted since.</summary>
    public string Start => Directory + "/start";

    public string Exits => Directory + "/exits";

    public string Upper => Directory + "/upper";

    public string Work => Directory + "/work";

    public string Log => Directory + "/container.log";

    public string Hosts => Directory + "/hosts";

    public string Hostname => Directory + "/hostname";

    public string ResolvConf => Directory + "/resolv.conf";

    public string State => RunDirectory + "/state";

    /// <summary>Exit records of a container that removes itself: they need not outlive the boot.</summary>
    public string VolatileExits => RunDirectory + "/exits";

    public string MonitorLock => RunDirectory + "/monitor.lock";

    /// <summary>Record of the last end of a removed container, kept for an hour.</summary>
    public string RemovedExit => $"{runRoot}/exits/{Id}";

    public string Lock => $"{root}/locks/{Id}.lock";
}
