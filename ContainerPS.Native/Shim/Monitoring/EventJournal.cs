using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim.Monitoring;

/// <summary>
/// The monitor's side of the event journal: that the container has started, that the kernel killed for memory, that the run has ended. The
/// rules are EventFormat's, and their proof is in the engine's EventJournal. An event that cannot be written is lost; the container's start
/// and the record of its end never depend on it.
/// </summary>
internal static unsafe class EventJournal
{
    private const int SEEK_SET = 0;
    private const int SEEK_CUR = 1;

    /// <summary>The actor of 2048 bytes, and what stands around it.</summary>
    private const int LineCapacity = 2304;
    private const int ReadCapacity = 4096;
    private const int NameCapacity = EventFormat.NameLength + 4;

    private static bool IsWanted => PlanBlock.Monitor->EventsPath != 0 && PlanBlock.Monitor->EventMembers != 0;

    public static void Started(long at)
    {
        if (!IsWanted)
        {
            return;
        }

        byte* buffer = stackalloc byte[LineCapacity];
        TextBuffer line = new(buffer, LineCapacity);
        Event(ref line, EventFormat.Start, at, null);
        Append(ref line);
    }

    /// <summary>Two events, if memory was the reason, are two lines of one append: nobody sees one without the other.</summary>
    public static void Ended(ExitStatus* exit)
    {
        if (!IsWanted)
        {
            return;
        }

        byte* buffer = stackalloc byte[2 * LineCapacity];
        TextBuffer lines = new(buffer, 2 * LineCapacity);
        if (exit->OomKilled)
        {
            Event(ref lines, EventFormat.Oom, exit->AtNanoseconds, null);
        }

        Event(ref lines, EventFormat.Die, exit->AtNanoseconds, exit);
        Append(ref lines);
    }

    private static void Event(ref TextBuffer line, ReadOnlySpan<byte> action, long at, ExitStatus* exit)
    {
        PlanMonitor* monitor = PlanBlock.Monitor;
        line.Literal(EventFormat.Head);
        line.Number(at);
        line.Literal(",\"type\":\"container\",\"action\":\""u8);
        line.Literal(action);
        line.Literal("\","u8);
        line.String(PlanBlock.Text(monitor->EventMembers));
        if (exit != null && exit->Code >= 0)
        {
            line.Literal(",\"exitCode\":"u8);
            line.Number(exit->Code);
        }

        line.Literal(",\"attributes\":{\"run\":\""u8);
        line.Number(monitor->Run);
        if (exit != null && exit->Signal != 0)
        {
            line.Literal("\",\"signal\":\""u8);
            line.Number(exit->Signal);
        }

        line.Literal("\"}}\n"u8);
    }

    private static void Append(ref TextBuffer lines)
    {
        long directory = lines.Overflowed ? -1 : Sys.Open(PlanBlock.Text(PlanBlock.Monitor->EventsPath), O_RDONLY | O_DIRECTORY);
        if (directory < 0)
        {
            return;
        }

        byte* name = stackalloc byte[NameCapacity];
        for (int attempt = 0; attempt < EventFormat.Attempts; attempt++)
        {
            // Not made where there is one: the name of a segment that went meanwhile must not come back.
            long create = TryFindNewest(directory, name) ? 0 : O_CREAT;
            long segment = Sys.OpenAt(directory, name, O_RDWR | O_APPEND | O_NOFOLLOW | create, Modes.Mode0600);
            if (segment < 0)
            {
                break;
            }

            bool isDone = Put(directory, name, segment, ref lines);
            Sys.Close(segment);
            if (isDone)
            {
                break;
            }
        }

        Sys.Close(directory);
    }

    /// <summary>False when the segment had been sealed before the lines were written: they do not count there.</summary>
    private static bool Put(long directory, byte* name, long segment, ref TextBuffer lines)
    {
        if (!Write(segment, ref lines))
        {
            return true;
        }

        long limit = (long)PlanBlock.Monitor->EventSegmentSize;
        long end = Sys.Call(SystemCall.lseek, segment, 0, SEEK_CUR);
        if (end <= limit)
        {
            return true;
        }

        long seal = FindSeal(segment, limit);
        if (seal > end - lines.Length)
        {
            return true;
        }

        bool isLate = seal >= 0;
        if (!isLate)
        {
            Sys.Write(segment, EventFormat.Seal.Pointer, EventFormat.Seal.Length);
            seal = FindSeal(segment, limit);
        }

        if (seal >= 0)
        {
            MakeNext(directory, name, segment, seal);
        }

        return !isLate;
    }

    /// <summary>
    /// A full disk may take a part. The lines are written once more, whole: a reader finds the begin of an event behind the part of one.
    /// </summary>
    private static bool Write(long segment, ref TextBuffer lines)
    {
        long written = Sys.Write(segment, lines.Start, lines.Length);
        return written == lines.Length || (written > 0 && Sys.Write(segment, lines.Start, lines.Length) == lines.Length);
    }

    /// <summary>Where the first seal is; -1 for none. None can be before the limit.</summary>
    private static long FindSeal(long segment, long limit)
    {
        byte* bytes = stackalloc byte[ReadCapacity];
        byte* seal = (byte*)EventFormat.Seal.Pointer;
        long matched = 0;
        long at = Sys.Call(SystemCall.lseek, segment, limit, SEEK_SET);
        long length;
        while (at >= 0 && (length = Sys.Read(segment, bytes, ReadCapacity)) > 0)
        {
            for (long i = 0; i < length; i++)
            {
                // Its first byte comes in it once only: where a match fails, no other has begun.
                matched =
                    bytes[i] == seal[matched] ? matched + 1
                    : bytes[i] == seal[0] ? 1
                    : 0;
                if (matched == EventFormat.Seal.Length)
                {
                    return at + i + 1 - matched;
                }
            }

            at += length;
        }

        return -1;
    }

    /// <summary>The name follows from what is before the seal, which nobody can change any more: all who make it make the same.</summary>
    private static void MakeNext(long directory, byte* name, long segment, long seal)
    {
        byte* newest = stackalloc byte[NameCapacity];
        if (!TryFindNewest(directory, newest) || !Memory.StartsWith(newest, name, EventFormat.NameLength))
        {
            return;
        }

        ulong first = 0;
        for (int i = 0; i < EventFormat.NameLength; i++)
        {
            first = first * 10 + (ulong)(name[i] - '0');
        }

        TextBuffer next = new(newest, NameCapacity);
        next.Digits(first + (ulong)CountLines(segment, seal), EventFormat.NameLength);
        next.End();
        long made = Sys.OpenAt(directory, newest, O_WRONLY | O_CREAT | O_NOFOLLOW, Modes.Mode0600);
        if (made >= 0)
        {
            Sys.Close(made);
        }
    }

    private static long CountLines(long segment, long end)
    {
        byte* bytes = stackalloc byte[ReadCapacity];
        Sys.Call(SystemCall.lseek, segment, 0, SEEK_SET);
        long lines = 0;
        long length;
        for (long left = end; left > 0; left -= length)
        {
            length = Sys.Read(segment, bytes, left < ReadCapacity ? left : ReadCapacity);
            if (length <= 0)
            {
                break;
            }

            for (long i = 0; i < length; i++)
            {
                lines += bytes[i] == (byte)'\n' ? 1 : 0;
            }
        }

        return lines;
    }

    /// <summary>The last name in order; without a segment the first name, and false.</summary>
    private static bool TryFindNewest(long directory, byte* newest)
    {
        TextBuffer first = new(newest, NameCapacity);
        first.Digits(1, EventFormat.NameLength);
        first.End();
        bool isThere = false;
        byte* entries = stackalloc byte[ReadCapacity];
        Sys.Call(SystemCall.lseek, directory, 0, SEEK_SET);
        long length;
        while ((length = Sys.Call(SystemCall.getdents64, directory, (long)entries, ReadCapacity)) > 0)
        {
            // struct linux_dirent64: d_ino (8), d_off (8), d_reclen (2), d_type (1), d_name.
            for (long at = 0; at < length; at += *(ushort*)(entries + at + 16))
            {
                byte* name = entries + at + 19;
                if (entries[at + 18] is DT_REG or DT_UNKNOWN && IsSegment(name) && !IsBefore(name, newest))
                {
                    Memory.Copy(newest, name, EventFormat.NameLength + 1);
                    isThere = true;
                }
            }
        }

        return isThere;
    }

    private static bool IsSegment(byte* name)
    {
        int digits = 0;
        while (name[digits] is >= (byte)'0' and <= (byte)'9')
        {
            digits++;
        }

        return digits == EventFormat.NameLength && name[digits] == 0 && name[0] == (byte)'0' && name[1] == (byte)'0';
    }

    private static bool IsBefore(byte* left, byte* right)
    {
        for (int i = 0; i < EventFormat.NameLength; i++)
        {
            if (left[i] != right[i])
            {
                return left[i] < right[i];
            }
        }

        return false;
    }
}
