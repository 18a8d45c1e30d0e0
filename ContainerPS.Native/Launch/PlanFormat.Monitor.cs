namespace ContainerPS.Native.Launch;

/// <summary>Choices of the monitor, or'ed in <see cref="PlanMonitor.Flags"/>.</summary>
[System.Flags]
internal enum PlanMonitorFlags : uint
{
    /// <summary>fdatasync the exit record before anyone is told (not for containers that are removed at their exit).</summary>
    RecordDurably = 1,

    /// <summary>Lifetime Session: when the starter (StarterPidfdSlot) dies, the container is killed and the on-exit command runs.</summary>
    EndWithStarter = 2,

    /// <summary>Run the Exit track after the container's exit.</summary>
    RunExitTrack = 4,

    /// <summary>
    /// The oom counter was above its value at the start already counts as killed by oom (file is of this container's cgroup alone).
    /// </summary>
    WatchOom = 8,

    /// <summary>Remove the container's cgroup (CgroupDirectories) before the exit is recorded.</summary>
    RemoveCgroup = 16,
}

/// <summary>
/// What the monitor keeps. Slots hold descriptors that the parent track opened or the starter handed over; NoSlot where there is none.
/// Paths are absolute, of the host, opened when needed: an idle monitor holds few descriptors.
/// </summary>
internal struct PlanMonitor
{
    public PlanMonitorFlags Flags;
    public uint Run;

    /// <summary>Read ends (O_RDONLY|O_NONBLOCK) of the stdout and stderr FIFOs.</summary>
    public byte StdoutSlot;
    public byte StderrSlot;

    /// <summary>Write ends of pipes of an attached starter: they get a copy of all output until their reader dies.</summary>
    public byte AttachedStdoutSlot;
    public byte AttachedStderrSlot;

    /// <summary>The flock that says "a monitor lives"; only kept open.</summary>
    public byte LockSlot;

    /// <summary>pidfd of the starter, for EndWithStarter.</summary>
    public byte StarterPidfdSlot;

    /// <summary>The container's first process (results of Clone, or known beforehand in Adopt mode).</summary>
    public byte PidSlot;
    public byte PidfdSlot;

    /// <summary>
    /// Descriptor (O_PATH) of the on-exit program, or NoSlot where there is no on-exit command. It is run by execveat: an upgrade that
    /// deletes the program does not take the clean-up along. A negative errno where it could not be opened.
    /// </summary>
    public byte OnExitProgramSlot;

    /// <summary>Descriptor that is kept open only (the write end of the stdin FIFO of an Adopt, …), or NoSlot.</summary>
    public byte KeepSlot;
    public byte Unused;
    public uint LogMaxFiles;
    public ulong LogMaxSize;

    /// <summary>Adopt: the start time of PidSlot's process as field 22 of /proc/PID/stat, checked before anything is done to it.</summary>
    public long StartTicks;

    /// <summary>The size beyond which a segment of the event journal is sealed.</summary>
    public ulong EventSegmentSize;

    /// <summary>Offsets of NUL-ended absolute paths, 0 for none.</summary>
    public uint StatePath;
    public uint ExitsPath;

    /// <summary>The log's directory; its files are container.log, container.log.1, …</summary>
    public uint LogDirectoryPath;

    /// <summary>The exit record's second home, for waiters after an auto-remove.</summary>
    public uint RecentExitPath;

    /// <summary>The directory of the event journal.</summary>
    public uint EventsPath;

    /// <summary>The members of an event that say whose it is, as JSON text: "id":"…","name":"…".</summary>
    public uint EventMembers;

    /// <summary>
    /// File with an oom counter, and the line's key: memory.oom_control and "oom_kill" (v1), memory.events and "oom_kill" (v2).
    /// </summary>
    public uint OomPath;
    public uint OomKey;

    /// <summary>
    /// argv and envp (relocated arrays) of the on-exit command, 0 for none.
    /// </summary>
    public uint OnExitArguments;
    public uint OnExitEnvironment;

    /// <summary>
    /// Relocated array of the container's directories, one in each hierarchy, 0 for none. The first is the one whose processes are killed
    /// (the freezer's on v1); the others are read with RemoveCgroup only, and need not exist.
    /// </summary>
    public uint CgroupDirectories;
}
