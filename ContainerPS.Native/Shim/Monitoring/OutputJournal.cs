using System.Runtime.CompilerServices;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim.Monitoring;

internal enum JournalStream : byte
{
    /// <summary>Nothing is under way.</summary>
    None = 0,
    Stdout = 1,
    Stderr = 2,
}

/// <summary>
/// The begin of the monitor's lock file. Read only by a monitor of the same run; another version of the shim would have to know the same
/// layout.
/// </summary>
internal struct JournalEntry
{
    public ulong LogInode;
    public long LogSize;

    /// <summary>By how much the append makes the log longer.</summary>
    public long RecordsLength;

    /// <summary>How much of the FIFO the append covers.</summary>
    public long Length;
    public uint Run;
    public JournalStream Stream;

    /// <summary>The first of the covered bytes.</summary>
    public byte First;

    /// <summary>Something else than First until the kernel, consuming, writes First into it.</summary>
    public byte Marker;
    public byte Unused;
}

/// <summary>
/// How a monitor can be killed at any moment and the next one go on without a lost or a doubled line. What it is about to do stands in its
/// lock file, mapped shared, so that its death leaves it there (and the lock says that it is dead).
/// </summary>
/// <remarks>
/// <code>
///                                                           killed after this, the next monitor finds
///   peek      tee(2) into a pipe of its own: nothing leaves   no note                                 ─▶ goes on
///   note      the log's file and size, what is covered        log as noted                            ─▶ goes on
///   append    one write(2)                                    log longer by a part (cut off)          ─▶ goes on
///                                                             log longer by all of it, marker as set  ─▶ consumes
///   consume   one readv(2): the marker and the rest           marker changed                          ─▶ goes on
///   clear
/// </code>
/// A kill never splits the readv: the kernel looks for signals between system calls and where it waits, and this one finds all its bytes
/// there. Neither the lock's file nor the mapping is touched before the first output, and an idle monitor has given them back.
/// </remarks>
internal static unsafe class OutputJournal
{
    /// <summary>The answer of <see cref="Peek"/> when only a read can tell: no journal, or an end of file, which a read confirms.</summary>
    public const long CannotPeek = 0;

    private const int PageSize = 4096;

    private static int _copyIn;
    private static int _copyOut;
    private static bool _hasEnded;

    /// <summary>Null while there is no journal.</summary>
    public static JournalEntry* Entry;

    public static bool IsOpen => Entry != null;

    public static bool Stands => Entry->Stream != JournalStream.None;

    public static bool IsConsumed => Entry->Marker == Entry->First;

    /// <summary>
    /// Without one (no lock, no descriptors, no room for a page) output is logged all the same, and only a kill can cost some of it.
    /// </summary>
    public static void Open()
    {
        if (IsOpen || _hasEnded || !ContainerLog.IsWanted)
        {
            return;
        }

        long file = PlanBlock.Held(PlanBlock.Monitor->LockSlot);
        if (file < 0 || !IsLongEnough(file))
        {
            return;
        }

        int* pipe = stackalloc int[2];
        if (Sys.Call(SystemCall.pipe2, (long)pipe, O_CLOEXEC | O_NONBLOCK) < 0)
        {
            return;
        }

        _copyOut = pipe[0];
        _copyIn = pipe[1];
        long mapped = Sys.Call(SystemCall.mmap, 0, PageSize, PROT_READ | PROT_WRITE, MAP_SHARED, file);
        if (mapped is < 0 and > -4096)
        {
            ClosePipe();
            return;
        }

        Entry = (JournalEntry*)mapped;
        ForgetOtherRuns();
    }

    /// <summary>
    /// A copy of what waits in the FIFO; all of it stays there. Else what a read would say: -EAGAIN, or <see cref="CannotPeek"/>.
    /// </summary>
    public static long Peek(int fifo, byte* target, long size)
    {
        if (!IsOpen)
        {
            return CannotPeek;
        }

        long length = Sys.Call(SystemCall.tee, fifo, _copyIn, size, SPLICE_F_NONBLOCK);
        if (length <= 0)
        {
            return length == -EAGAIN ? -EAGAIN : CannotPeek;
        }

        // All of it: what stayed would come before the next copy. One read is enough unless the container writes packets (O_DIRECT).
        long at = 0;
        while (at < length)
        {
            long got = Sys.Read(_copyOut, target + at, length - at);
            if (got <= 0)
            {
                break;
            }

            at += got;
        }

        return at;
    }

    /// <summary>Says what comes next. From the last assignment on it stands.</summary>
    public static void Note(JournalStream stream, byte* text, long length)
    {
        JournalEntry* entry = Entry;
        ContainerLog.Describe(entry);
        entry->Length = length;
        entry->First = text[0];
        entry->Marker = (byte)~text[0];
        Mark(stream);
    }

    /// <summary>Takes out of the FIFO what the note covers: the same bytes again, over themselves.</summary>
    public static void Consume(int fifo, byte* text, long length)
    {
        iovec* parts = stackalloc iovec[2];
        parts[0].iov_base = &Entry->Marker;
        parts[0].iov_len = 1;
        parts[1].iov_base = text + 1;
        parts[1].iov_len = (ulong)length - 1;
        long consumed = Sys.Call(SystemCall.readv, fifo, (long)parts, 2);

        // Less than all of it: the container writes packets (one a read), or reads its own output, or a page failed. Logged again it would
        // be for ever.
        for (long at = consumed < 0 ? 0 : consumed; at < length; at += consumed)
        {
            consumed = Sys.Read(fifo, text + at, length - at);
            if (consumed <= 0)
            {
                return;
            }
        }
    }

    public static void Clear() => Mark(JournalStream.None);

    /// <summary>For the time of silence.</summary>
    public static void Close()
    {
        if (!IsOpen)
        {
            return;
        }

        Sys.Call(SystemCall.munmap, (long)Entry, PageSize);
        Entry = null;
        ClosePipe();
    }

    /// <summary>For good.</summary>
    public static void End()
    {
        Close();
        _hasEnded = true;
    }

    /// <summary>A call of its own, which no compiler moves the assignments before it over.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Mark(JournalStream stream) => Entry->Stream = stream;

    private static void ForgetOtherRuns()
    {
        uint run = PlanBlock.Monitor->Run;
        if (Entry->Run == run)
        {
            return;
        }

        Clear();
        Entry->Run = run;
    }

    /// <summary>Written, not made longer: a write fails on a full file system, a page of a hole would be a SIGBUS.</summary>
    private static bool IsLongEnough(long file)
    {
        stat status;
        if (Sys.Call(SystemCall.fstat, file, (long)&status) < 0)
        {
            return false;
        }

        if (status.st_size >= sizeof(JournalEntry))
        {
            return true;
        }

        JournalEntry empty;
        Memory.Clear(&empty, sizeof(JournalEntry));
        return Sys.Write(file, &empty, sizeof(JournalEntry)) == sizeof(JournalEntry);
    }

    private static void ClosePipe()
    {
        Sys.Close(_copyOut);
        Sys.Close(_copyIn);
    }
}
