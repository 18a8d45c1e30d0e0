using ContainerPS.Native.Launch;

namespace ContainerPS.Native.Shim.Protocol;

/// <summary>
/// The talk of the two sides of the clone.
/// <code>
///   parent (the shim, host's namespaces)                     child (the container's first process to be)
///   ────────────────────────────────────                     ───────────────────────────────────────────
///   socketpair(SEQPACKET, CLOEXEC)
///   clone3 ─────────────────────────────────────────────────▶ closes the parent's end
///   closes the child's end                                    child track, operation by operation
///   parent track goes on
///   Wait 1      ◀──────────── {Reached, 1} ─────────────────  Signal 1   "my user namespace is there"
///   writes uid_map …
///   Signal 2    ───────────── {Reached, 2} ────────────────▶  Wait 2     goes on as root of the namespace
///                                                             …
///   any wait    ◀──────────── {Failed, op, errno, detail} ──  an operation failed; the child exits
///   AwaitExec   ◀──────────── end of file ──────────────────  execve closed the socket … or the child was killed
/// </code>
/// End of file alone proves nothing: a child killed before its exec (an oom kill under a tiny limit) closes the socket too. AwaitExec asks
/// /proc/PID/stat: PF_FORKNOEXEC falls when an exec can no longer return.
/// </summary>
internal static unsafe class Channel
{
    public struct Record
    {
        public uint Kind;
        public int Number;
        public int Errno;
        public int Unused;
        public long Detail;
    }

    private const uint Reached = 1;
    private const uint FailedKind = 2;

    /// <summary>This side's end; 0 while there is no other side (0 is never a socket here).</summary>
    public static int Descriptor;

    /// <summary>The last record read: of a failure of the child.</summary>
    public static Record Last;

    public static long Open(int* pair) => Sys.Call(SystemCall.socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, (long)pair);

    public static long Signal(uint barrier)
    {
        Record record;
        record.Kind = Reached;
        record.Number = (int)barrier;
        record.Errno = 0;
        record.Unused = 0;
        record.Detail = 0;
        return Send(&record);
    }

    /// <summary>
    /// From the child only: what failed. write(2) and not send(2), because a container's seccomp filter is already on for the last of them.
    /// </summary>
    // A record is written whole or not at all: SOCK_SEQPACKET keeps message boundaries, so no reader ever meets half of one.
    public static void Fail(int operation, int errno, long detail)
    {
        Record record;
        record.Kind = FailedKind;
        record.Number = operation;
        record.Errno = errno;
        record.Unused = 0;
        record.Detail = detail;
        Sys.Write(Descriptor, &record, sizeof(Record));
    }

    /// <summary>0 when the other side reached the barrier, Failed when it failed, End when it is gone, or -errno.</summary>
    public static long Wait(uint barrier)
    {
        Answer answer = Next();
        if (answer != Answer.Reached)
        {
            return answer == Answer.Failed ? -ECANCELED : -EPIPE;
        }

        // Barriers come in the order of the plan. Another one means that the two tracks do not fit: going on would start a container half
        // prepared.
        return Last.Number == (int)barrier ? 0 : -EPROTO;
    }

    public static Answer Next()
    {
        fixed (Record* record = &Last)
        {
            long got = Sys.Read(Descriptor, record, sizeof(Record));

            // 0 is the end of the other side; an error or a short record is no better than that.
            if (got != sizeof(Record))
            {
                return Answer.End;
            }

            return record->Kind == FailedKind ? Answer.Failed : Answer.Reached;
        }
    }

    /// <summary>Asks without waiting: the other side is dead, or has closed its end.</summary>
    public static bool IsOtherSideGone()
    {
        pollfd wait;
        wait.fd = Descriptor;
        wait.events = 0;
        wait.revents = 0;
        return Sys.Poll(&wait, 1, 0) > 0;
    }

    public enum Answer
    {
        Reached,
        Failed,
        End,
    }

    private static long Send(Record* record)
    {
        // No SIGPIPE for a side that has just died: its end is noticed at the next wait, with a better answer.
        long sent = Sys.Call(SystemCall.sendto, Descriptor, (long)record, sizeof(Record), MSG_NOSIGNAL);
        return sent < 0 ? sent : 0;
    }
}
