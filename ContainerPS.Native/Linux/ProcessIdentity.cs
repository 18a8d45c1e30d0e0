using System.Buffers.Text;
using System.Runtime.InteropServices;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

/// <summary>
/// One process for all time: a pid is used again, a pid with its start time and the boot it belongs to is not.
/// </summary>
/// <remarks><see cref="StartTicks"/>: Field 22 of <c>/proc/PID/stat</c>: clock ticks since boot.
/// <see cref="BootId"/>: <c>/proc/sys/kernel/random/boot_id</c>.</remarks>
public sealed record ProcessIdentity(int Pid, long StartTicks, string BootId)
{
    /// <summary>True while exactly this process exists and has not become a zombie.</summary>
    public bool IsAlive =>
        BootId == HostFacts.BootId && TryReadStat(Pid, out ProcessStat stat) && stat.StartTicks == StartTicks && !stat.IsDead;

    /// <summary>The calling process.</summary>
    public static ProcessIdentity Current => Of(Environment.ProcessId)!;

    /// <summary>Null when there is no such process.</summary>
    public static ProcessIdentity? Of(int pid) =>
        TryReadStat(pid, out ProcessStat stat) ? new(pid, stat.StartTicks, HostFacts.BootId) : null;

    /// <summary>
    /// Opens a descriptor of this process; null when it is gone. The start time is compared after the open, which closes the race.
    /// </summary>
    public Pidfd? Open()
    {
        Pidfd? pidfd = BootId == HostFacts.BootId ? Pidfd.TryOpen(Pid) : null;
        if (pidfd is not null && !(TryReadStat(Pid, out ProcessStat stat) && stat.StartTicks == StartTicks))
        {
            pidfd.Dispose();
            return null;
        }

        return pidfd;
    }

    /// <summary>Reads <c>/proc/PID/stat</c>; false when there is no such process.</summary>
    public static bool TryReadStat(int pid, out ProcessStat stat)
    {
        stat = default;
        Span<byte> buffer = stackalloc byte[1024];
        try
        {
            using FileDescriptor? file = Files.TryOpenAt(FileDescriptor.CurrentDirectory, $"/proc/{pid}/stat");
            return file is not null && ProcessStat.TryParse(buffer[..file.Read(buffer)], out stat);
        }
        catch (LinuxException gone) when (gone.Errno == ESRCH)
        {
            return false;
        }
    }
}

/// <summary>The fields of <c>/proc/PID/stat</c> that tell a process' identity and fate.</summary>
/// <remarks><see cref="State"/>: 'R', 'S', 'D', 'Z', 'X', …
/// <see cref="Flags"/>: PF_ flags; 0x40 is PF_FORKNOEXEC.</remarks>
public readonly record struct ProcessStat(char State, int ParentPid, long Flags, long StartTicks)
{
    public bool IsDead => State is 'Z' or 'X' or 'x';

    // The command name in parentheses may hold anything, parentheses and blanks too: fields are counted behind the last one.
    internal static bool TryParse(ReadOnlySpan<byte> text, out ProcessStat stat)
    {
        stat = default;
        int close = text.LastIndexOf((byte)')');
        if (close < 0 || close + 4 > text.Length)
        {
            return false;
        }

        ReadOnlySpan<byte> rest = text[(close + 2)..];
        char state = (char)rest[0];
        long parent = Field(rest, 4),
            flags = Field(rest, 9),
            start = Field(rest, 22);
        stat = new(state, (int)parent, flags, start);
        return start >= 0;
    }

    // Fields are numbered as in proc(5); the state is the third.
    private static long Field(ReadOnlySpan<byte> rest, int number)
    {
        for (int field = 3; field < number; field++)
        {
            int blank = rest.IndexOf((byte)' ');
            if (blank < 0)
            {
                return -1;
            }

            rest = rest[(blank + 1)..];
        }

        return Utf8Parser.TryParse(rest, out long value, out _) ? value : -1;
    }
}
