using System.Buffers.Binary;
using ContainerPS.Native.Interop;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Tests;

/// <summary>
/// Takes a monitor from one system call to the next as a debugger does, and kills it in between: at the begin of a call, which then never
/// happens, or at its end. All on one thread: a tracer is a thread.
/// </summary>
internal sealed unsafe class ShimStops
{
    private const int PTRACE_DETACH = 17;
    private const int PTRACE_SYSCALL = 24;
    private const int PTRACE_SEIZE = 0x4206;
    private const int PTRACE_INTERRUPT = 0x4207;
    private const int PTRACE_GET_SYSCALL_INFO = 0x420E;
    private const int PTRACE_O_TRACESYSGOOD = 1; // without it PTRACE_GET_SYSCALL_INFO knows no begin and no end
    private const int PTRACE_O_EXITKILL = 0x10_0000;
    private const byte PTRACE_SYSCALL_INFO_ENTRY = 1;
    private const byte PTRACE_SYSCALL_INFO_EXIT = 2;

    // struct ptrace_syscall_info: the operation, then (after architecture and two registers) the call's number at its begin, the result at
    // its end.
    private const int InfoSize = 88;
    private const int NumberAt = 24;

    private readonly int _pid;

    public ShimStops(int pid)
    {
        this._pid = pid;
        Request(PTRACE_SEIZE, 0, PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD);
        Request(PTRACE_INTERRUPT, 0, 0);
        Wait();
    }

    /// <summary>To the end of a call of this number that succeeds with something.</summary>
    public void RunToSuccess(int number)
    {
        long result;
        do
        {
            RunTo(number);
            result = Resume(PTRACE_SYSCALL_INFO_EXIT);
        } while (result <= 0);
    }

    /// <summary>To the begin of the next call of this number.</summary>
    public void RunTo(int number)
    {
        while (Resume(PTRACE_SYSCALL_INFO_ENTRY) != number) { }
    }

    /// <summary>To the begin or the end of the next call, whichever comes first; false when the process has ended.</summary>
    public bool TryStep()
    {
        Request(PTRACE_SYSCALL, 0, 0);
        return (NextStatus() & 0x7F) == 0x7F;
    }

    public void RunToEnd() => Resume(PTRACE_SYSCALL_INFO_EXIT);

    /// <summary>To the end of the process. The numbers of all calls that begin on the way.</summary>
    public List<long> RunOut()
    {
        byte* info = stackalloc byte[InfoSize];
        List<long> calls = [];
        while (true)
        {
            Request(PTRACE_SYSCALL, 0, 0);
            if ((NextStatus() & 0xFF) != 0x7F)
            {
                return calls;
            }

            Request(PTRACE_GET_SYSCALL_INFO, InfoSize, (nint)info);
            if (info[0] == PTRACE_SYSCALL_INFO_ENTRY)
            {
                calls.Add(BinaryPrimitives.ReadInt64LittleEndian(new ReadOnlySpan<byte>(info + NumberAt, sizeof(long))));
            }
        }
    }

    /// <summary>It goes on as if it had never been stopped.</summary>
    public void Detach() => Request(PTRACE_DETACH, 0, 0);

    public void Kill()
    {
        Assert.Equal(0, kill(_pid, 9));
        while ((NextStatus() & 0x7F) == 0x7F) { }
    }

    private long Resume(byte until)
    {
        byte* info = stackalloc byte[InfoSize];
        do
        {
            Request(PTRACE_SYSCALL, 0, 0);
            Wait();
            Request(PTRACE_GET_SYSCALL_INFO, InfoSize, (nint)info);
        } while (info[0] != until);
        return BinaryPrimitives.ReadInt64LittleEndian(new ReadOnlySpan<byte>(info + NumberAt, sizeof(long)));
    }

    private void Request(int request, nint address, nint data) =>
        Assert.InRange(syscall(SYS.ptrace, request, _pid, address, data, 0, 0), 0, long.MaxValue);

    private void Wait()
    {
        int status = NextStatus();
        Assert.True((status & 0xFF) == 0x7F, $"The monitor has ended with status {status}.");
    }

    /// <summary>A call that never comes must not hang the test.</summary>
    private int NextStatus()
    {
        int status = 0;
        bool Has()
        {
            int next;
            int who = waitpid(_pid, &next, __WALL | WNOHANG);
            status = next;
            return who == _pid;
        }

        Eventually.True(Has, "the monitor's next stop at a call");
        return status;
    }
}
