using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim.Monitoring;

/// <summary>
/// The lines of the state file and of the exit records: one JSON object, one write(2) with O_APPEND each, so that a reader or a crash sees
/// whole lines or a torn tail, which readers ignore.
/// </summary>
internal static unsafe class Records
{
    private const int Capacity = 256;

    /// <summary>0, or -errno: a run that is not recorded would be known to nobody.</summary>
    public static long Running(long at)
    {
        byte* buffer = stackalloc byte[Capacity];
        TextBuffer line = Begin(buffer, StateEvent.Running);
        Member(ref line, ",\"pid\":"u8, ContainerProcess.Pid);
        Member(ref line, ",\"start\":"u8, ContainerProcess.StartTicks);
        MonitorMembers(ref line);
        End(ref line, at);
        return Append(PlanBlock.Text(PlanBlock.Monitor->StatePath), ref line, false);
    }

    /// <summary>A monitor took over from a dead one. It says nothing about the container's state: a paused one stays paused.</summary>
    public static void Adopted(long at)
    {
        byte* buffer = stackalloc byte[Capacity];
        TextBuffer line = Begin(buffer, StateEvent.Adopted);
        Member(ref line, ",\"pid\":"u8, ContainerProcess.Pid);
        MonitorMembers(ref line);
        End(ref line, at);
        Append(PlanBlock.Text(PlanBlock.Monitor->StatePath), ref line, false);
    }

    /// <summary>
    /// First where it lasts, then where waiters look, then as an event, last the state that everyone reads: who sees the last one finds the
    /// others. A monitor that is killed before the last one leaves a run that the engine ends, with the first one's code; it looks for the
    /// event before it writes one.
    /// </summary>
    public static void Exited(ExitStatus* exit)
    {
        byte* buffer = stackalloc byte[Capacity];
        TextBuffer line = Begin(buffer, StateEvent.Exited);
        Member(ref line, ",\"code\":"u8, exit->Code);
        Member(ref line, ",\"signal\":"u8, exit->Signal);
        line.Literal(exit->OomKilled ? ",\"oom\":true"u8 : ",\"oom\":false"u8);
        End(ref line, exit->AtNanoseconds);
        PlanMonitor* monitor = PlanBlock.Monitor;
        Append(PlanBlock.Text(monitor->ExitsPath), ref line, (monitor->Flags & PlanMonitorFlags.RecordDurably) != 0);
        Append(PlanBlock.Text(monitor->RecentExitPath), ref line, false);
        EventJournal.Ended(exit);
        Append(PlanBlock.Text(monitor->StatePath), ref line, false);
    }

    /// <summary>
    /// A step of the clean-up failed, every time that it was tried: the next command that meets the container finds this note.
    /// </summary>
    public static void CleanupFailed(CleanupStep step, int code)
    {
        byte* buffer = stackalloc byte[Capacity];
        TextBuffer line = Begin(buffer, StateEvent.CleanupFailed);
        line.Literal(",\"step\":\""u8);
        line.Literal(StateEvents.NameOf(step));
        line.Byte((byte)'"');
        Member(ref line, ",\"code\":"u8, code);
        End(ref line, Sys.RealTime());

        // Without O_CREAT: a run directory that is gone was cleaned up after all.
        long file = Sys.Open(PlanBlock.Text(PlanBlock.Monitor->StatePath), O_WRONLY | O_APPEND | O_NONBLOCK);
        if (file < 0)
        {
            return;
        }

        Sys.Write(file, line.Start, line.Length);
        Sys.Close(file);
    }

    private static TextBuffer Begin(byte* buffer, StateEvent what)
    {
        TextBuffer line = new(buffer, Capacity);
        line.Literal("{\"event\":\""u8);
        line.Literal(StateEvents.NameOf(what));
        Member(ref line, "\",\"run\":"u8, PlanBlock.Monitor->Run);
        return line;
    }

    private static void Member(ref TextBuffer line, ReadOnlySpan<byte> name, long value)
    {
        line.Literal(name);
        line.Number(value);
    }

    private static void MonitorMembers(ref TextBuffer line)
    {
        Member(ref line, ",\"monitor\":"u8, Sys.Call(SystemCall.getpid));
        Member(ref line, ",\"monitorStart\":"u8, Detachment.StartTicks);
    }

    private static void End(ref TextBuffer line, long at)
    {
        Member(ref line, ",\"at\":"u8, at);
        line.Literal("}\n"u8);
    }

    /// <summary>0 when the line is there, whole; otherwise -errno.</summary>
    private static long Append(byte* path, ref TextBuffer line, bool durably)
    {
        if (path == null)
        {
            return 0;
        }

        // O_NONBLOCK: a FIFO in its place must not hold the monitor for ever.
        long file = Sys.Open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, Modes.Mode0600);
        if (file < 0)
        {
            return file;
        }

        long written = Sys.Write(file, line.Start, line.Length);
        if (written > 0 && written != line.Length)
        {
            Blank(path, file, written);
        }

        if (durably)
        {
            Sys.Call(SystemCall.fdatasync, file);
        }

        Sys.Close(file);
        return written == line.Length ? 0
            : written < 0 ? written
            : -ENOSPC;
    }

    /// <summary>
    /// A full disk took half a line: without a newline it would spoil the next one. It becomes a blank line, which readers ignore. It is
    /// not cut off: behind it may be a line that the engine has appended meanwhile. Its bytes are ours and have their room on the disk.
    /// </summary>
    private static void Blank(byte* path, long file, long written)
    {
        const int SEEK_SET = 0;
        const int SEEK_CUR = 1;
        byte* blanks = stackalloc byte[Capacity];
        for (long i = 0; i < written; i++)
        {
            blanks[i] = (byte)' ';
        }

        blanks[written - 1] = (byte)'\n';

        // An append leaves the position behind what it has written. To write there a descriptor without O_APPEND is needed.
        long end = Sys.Call(SystemCall.lseek, file, 0, SEEK_CUR);
        long again = Sys.Open(path, O_WRONLY);
        if (again < 0)
        {
            return;
        }

        if (end >= written && Sys.Call(SystemCall.lseek, again, end - written, SEEK_SET) >= 0)
        {
            Sys.Write(again, blanks, written);
        }

        Sys.Close(again);
    }
}
