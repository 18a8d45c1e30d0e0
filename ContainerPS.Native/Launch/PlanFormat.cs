namespace ContainerPS.Native.Launch;

/// <summary>
/// The layout of a plan: everything that happens between `clone` and `execve`, decided beforehand and written as data.
/// This file and its PlanFormat.*.cs siblings are compiled unchanged into ContainerPS.Native (which writes plans) and into the freestanding
/// shim (which reads them): primitive types and fixed-size structures only, nothing of a base class library.
/// </summary>
/// <remarks>
/// <code>
///  0          PlanHeader          magic, version, mode, where everything else lies
///  HeaderSize long[SlotCount]     slots: results of operations, and numbers known beforehand (inherited descriptors)
///  …          PlanOperation[]     the tracks, one after another, 64 bytes an operation
///  …          uint[]              relocations: offsets of 8-byte words in the data that hold an offset and become a pointer
///  …          PlanMonitor         (Service, Adopt) what the monitor keeps doing
///  …          data                strings (NUL ended), structures, room for the kernel's answers
/// </code>
/// The state in which tracks begin: umask 0 (a child sets the process's own before its Exec), every signal at its default and unblocked,
/// descriptors from 3 on close-on-exec and only those that the header lists, standard streams and working directory of the starter (of a
/// monitor in reserve: null and `/`), dumpable 0. A child dies with the shim until its Exec.
/// The Parent of a Service begins in a session of its own.
/// All offsets count from the start of the block. The shim checks each one against the block's length before it follows it.
/// </remarks>
internal static class PlanFormat
{
    /// <summary>"CPSPLAN" and a version digit, little endian.</summary>
    public const ulong Magic = 0x314E_414C_5053_5043;

    public const uint Version = 1;

    public const int HeaderSize = 256;
    public const int OperationSize = 64;
    public const int SlotCount = 128;
    public const int SlotsSize = SlotCount * 8;
    public const int MonitorSize = 192;

    /// <summary>The slot number that means: none.</summary>
    public const byte NoSlot = 255;

    /// <summary>
    /// As the accepted errno of an operation: whatever it fails with, the track goes on. For what is good to have and nobody's condition.
    /// </summary>
    public const byte AnyErrno = 255;

    /// <summary>Larger blocks are refused: an argument list of the kernel's own maximum (ARG_MAX is 2 MiB by default) fits.</summary>
    public const uint MaximumSize = 8 * 1024 * 1024;

    /// <summary>The most descriptors that the header can list as handed over by the starter.</summary>
    public const int InheritedCount = 24;

    /// <summary>In the text (and path) of a write: replaced by the first, second number of the operation in decimal.</summary>
    public const byte FirstNumber = 0x01;
    public const byte SecondNumber = 0x02;

    /// <summary>The byte by which the starter tells the monitor that it will do itself what the on-exit command would do.</summary>
    public const byte TakeOver = (byte)'A';
}

/// <summary>What the shim is started for.</summary>
internal enum PlanMode : ushort
{
    /// <summary>Detaches, starts the container, stays as its monitor.</summary>
    Service = 1,

    /// <summary>OCI `create`: starts the container up to the exec FIFO, reports, and leaves init to the caller's subreaper.</summary>
    Runtime = 2,

    /// <summary>Starts a process in a running container, waits for it, reports its exit.</summary>
    Exec = 3,

    /// <summary>Starts nothing: becomes the monitor of a container whose monitor died.</summary>
    Adopt = 4,
}

/// <summary>The lists of operations. Parent begins; a Clone operation in it names the track that the new process runs.</summary>
internal enum PlanTrackName : ushort
{
    /// <summary>Runs in the shim, in the starter's namespaces with the starter's rights.</summary>
    Parent = 0,

    /// <summary>Runs in the process that becomes the container's, up to its Exec operation.</summary>
    Child = 1,

    /// <summary>
    /// Runs in a process that only lends something (a user namespace for idmapped mounts) and is killed at the track's end.
    /// </summary>
    Helper = 2,

    /// <summary>
    /// Runs in the monitor after the container's exit: Session clean-up, removal of the cgroup. Failures are not fatal there.
    /// </summary>
    Exit = 3,

    /// <summary>Runs in the monitor of a container that has run for a moment. Failures are not fatal there.</summary>
    Settle = 4,
}
