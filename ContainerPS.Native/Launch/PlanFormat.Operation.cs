namespace ContainerPS.Native.Launch;

/// <summary>What an operation does. Each line says what A to F, Number and Result are.</summary>
internal enum PlanOperationCode : ushort
{
    /// <summary>Number: the system call. A–F: its arguments. Result: what it returned (-errno if that errno is accepted).</summary>
    Syscall = 1,

    /// <summary>Fails with errno D (EPROTO if 0) unless A (Number: <see cref="PlanComparison"/>) B.</summary>
    Expect = 2,

    /// <summary>
    /// A: descriptor, B: S_IFMT bits it must have, C: device number it must have or -1. Fails with ENOTDIR, ENODEV or EINVAL.
    /// </summary>
    ExpectFileType = 3,

    /// <summary>
    /// A: descriptor, B: f_type of statfs that it must lie on. Fails with ESTALE: something was mounted over what we were promised.
    /// </summary>
    ExpectFileSystem = 4,

    /// <summary>Leaves out the next C operations if A (Number: <see cref="PlanComparison"/>) B.</summary>
    SkipIf = 5,

    /// <summary>
    /// A: directory descriptor that counts as `/`, B: path, C: <see cref="PlanMake"/>, D: mode of what is made, E: open flags. Result: the
    /// descriptor. The path comes from an image or a user: openat2 with RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS, each missing component made
    /// beneath the root.
    /// </summary>
    Resolve = 6,

    /// <summary>
    /// A: directory descriptor or AT_FDCWD, B: path, C: text, D: its length, E and F: numbers for the marks in path and text. Aux: open
    /// flags (0: O_WRONLY).
    /// </summary>
    WriteFile = 7,

    /// <summary>A: descriptor, C: text, D: its length, E and F: numbers for the marks.</summary>
    WriteDescriptor = 8,

    /// <summary>Number: tells the other side of the clone that this barrier is reached.</summary>
    Signal = 9,

    /// <summary>
    /// Number: waits until the other side signalled this barrier. A failure of the other side, or its death, ends the wait.
    /// </summary>
    Wait = 10,

    /// <summary>
    /// Number: track of the new process. A: clone flags. B: cgroup descriptor (CLONE_INTO_CGROUP) or -1. C: <see cref="PlanCloneMemory"/>.
    /// Result: pid. Aux: slot of its pidfd or NoSlot.
    /// </summary>
    Clone = 11,

    /// <summary>Kills and reaps the Helper process.</summary>
    EndHelper = 12,

    /// <summary>
    /// A: program path, B: argv, C: envp, D: bytes for its stdin (marks replaced by F, the pid), E: their length, Number: time limit in ms
    /// (0: none). Fails with EPERM-like codes of <see cref="PlanStatus"/> Detail if it does not exit 0.
    /// </summary>
    SpawnHook = 13,

    /// <summary>
    /// A: source directory descriptor, B: destination directory descriptor. Copies the tree beneath with owners, modes, times and links
    /// (tmpcopyup).
    /// </summary>
    CopyTree = 14,

    /// <summary>
    /// Fails with ENOENT unless getcwd answers an absolute path: a cwd outside the root reads "(unreachable)/…" (CVE-2024-21626).
    /// </summary>
    VerifyWorkingDirectory = 15,

    /// <summary>
    /// A: NULL-ended array of candidate paths, B: argv, C: envp. The last operation of a child. ENOENT of one candidate tries the next;
    /// EACCES is remembered.
    /// </summary>
    Exec = 16,

    /// <summary>Proves that the child has executed, tells the starter (Started) and, in Service mode, the state file.</summary>
    AwaitExec = 17,

    /// <summary>Runtime mode: tells the starter that init waits before its exec (Created).</summary>
    ReportCreated = 18,

    /// <summary>
    /// A: descriptor of a cgroup directory, B: milliseconds. Kills every process in it and below, and waits until none is left; EBUSY when
    /// the time is up.
    /// </summary>
    KillCgroup = 19,

    /// <summary>Result: A + B. For numbers that are only known after the clone.</summary>
    Add = 20,

    /// <summary>
    /// Retries the system call in Number (arguments A–F as in Syscall) on EBUSY and EAGAIN, Aux times, a millisecond apart: rmdir of a
    /// cgroup whose last process is just gone; flock of a monitor that is just ending.
    /// </summary>
    SyscallWhileBusy = 21,

    /// <summary>
    /// A: socket of the starter. Result: the descriptor that its next message brings. Waits for it; fails with ECANCELED at the end of the
    /// file.
    /// </summary>
    ReceiveDescriptor = 22,
}

/// <summary>How an argument of an operation is to be read; two bits an argument in <see cref="PlanOperation.Kinds"/>.</summary>
internal enum PlanArgumentKind : ushort
{
    /// <summary>The number itself.</summary>
    Constant = 0,

    /// <summary>An offset into the block: becomes a pointer.</summary>
    Data = 1,

    /// <summary>The number of a slot: becomes what the slot holds.</summary>
    Slot = 2,

    /// <summary>The number of a slot: becomes a pointer to the slot.</summary>
    SlotAddress = 3,
}

/// <summary>What a new process of the Child track has for memory until its Exec.</summary>
internal enum PlanCloneMemory : long
{
    /// <summary>A copy; the two sides run side by side.</summary>
    Copied = 0,

    /// <summary>
    /// The shim's own (CLONE_VM|CLONE_VFORK), while the shim sleeps until the child's Exec or death. The shim refuses it in a plan where
    /// the child could wait for the shim; whether it is safe otherwise is the planner's to know.
    /// </summary>
    Shared = 1,
}

/// <summary>What planner and shim both go by.</summary>
internal static class PlanCloneRule
{
    /// <summary>
    /// An operation for which the two sides of a clone cannot share a memory: a barrier or a report, for one side sleeps; a process of its
    /// own; a copied tree, whose pages would be charged to the owner of the memory, who is in the starter's cgroup.
    /// </summary>
    public static bool NeedsMemoryOfItsOwn(PlanOperationCode code) =>
        code
            is PlanOperationCode.Signal
                or PlanOperationCode.Wait
                or PlanOperationCode.SpawnHook
                or PlanOperationCode.CopyTree
                or PlanOperationCode.ReportCreated;
}

internal enum PlanComparison : uint
{
    Equal = 0,
    NotEqual = 1,
    Less = 2,
    GreaterOrEqual = 3,

    /// <summary>All bits of B are set in A.</summary>
    HasBits = 4,
}

/// <summary>What Resolve makes of a missing path.</summary>
internal enum PlanMake : long
{
    Nothing = 0,
    Directory = 1,

    /// <summary>An empty regular file (a target for a bind mount), its parents as directories.</summary>
    File = 2,

    /// <summary>Only the parents; the descriptor is the last parent's.</summary>
    Parent = 3,
}

/// <summary>One step of a track.</summary>
internal struct PlanOperation
{
    public PlanOperationCode Code;

    /// <summary>Two bits an argument, A lowest: <see cref="PlanArgumentKind"/>.</summary>
    public ushort Kinds;

    /// <summary>The slot that takes the result, or <see cref="PlanFormat.NoSlot"/>.</summary>
    public byte Result;

    /// <summary>Up to two errno values that are no failure, 0 for none: the track goes on with -errno in the result.</summary>
    public byte Accepted;
    public byte AlsoAccepted;
    public byte Unused;
    public uint Number;
    public uint Aux;
    public long A;
    public long B;
    public long C;
    public long D;
    public long E;
    public long F;
}
