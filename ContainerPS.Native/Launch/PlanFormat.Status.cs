namespace ContainerPS.Native.Launch;

/// <summary>What the shim tells its starter; one SOCK_SEQPACKET message each.</summary>
internal enum PlanStatusKind : uint
{
    /// <summary>The container's process has executed. Pid, StartTicks, MonitorPid, AtNanoseconds.</summary>
    Started = 1,

    /// <summary>Runtime mode: init is ready and waits before its exec. Pid, StartTicks.</summary>
    Created = 2,

    /// <summary>An operation failed; nothing of the container runs any more. Track, Operation, Errno, Detail.</summary>
    Failed = 3,

    /// <summary>The child died before its exec. Code, Signal, OomKilled, and the last Operation of the child that is known (-1).</summary>
    ExitedBeforeExec = 4,

    /// <summary>The process has ended. Code, Signal, OomKilled, AtNanoseconds.</summary>
    Exited = 5,

    /// <summary>The plan itself was refused: Detail says by which rule.</summary>
    Refused = 6,

    /// <summary>Adopt mode: the monitor holds the lock and watches Pid.</summary>
    Adopted = 7,
}

/// <summary>Why a plan was refused.</summary>
internal enum PlanRefusal : long
{
    NoPlan = 1,
    TooShort = 2,
    Magic = 3,
    Length = 4,
    Track = 5,
    Operation = 6,
    Argument = 7,
    Relocation = 8,
    Monitor = 9,
    Descriptor = 10,
    Mode = 11,
    SlotRange = 12,
    Map = 13,
}

/// <summary>
/// How a hook failed; Detail of a failed SpawnHook holds this in its upper half and the exit code or signal in its lower.
/// </summary>
internal enum PlanHookFailure : uint
{
    ExitCode = 1,
    Signal = 2,
    TimedOut = 3,
}

/// <summary>One message; unused fields are zero.</summary>
internal struct PlanStatus
{
    public const int Size = 64;

    public PlanStatusKind Kind;

    /// <summary><see cref="PlanTrackName"/> of the failed operation.</summary>
    public uint Track;

    /// <summary>Index of the failed operation in its track.</summary>
    public int Operation;
    public int Errno;
    public long Detail;
    public int Pid;
    public int MonitorPid;
    public long StartTicks;
    public int Code;
    public int Signal;
    public uint OomKilled;
    public uint Unused;

    /// <summary>CLOCK_REALTIME of what is told.</summary>
    public long AtNanoseconds;
}
