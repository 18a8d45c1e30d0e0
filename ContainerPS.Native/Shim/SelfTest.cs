using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Kernel;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim;

/// <summary>
/// What the build runs before it lets the executable go: this use of ilc is nobody's promise. A wrong structure layout, a lost static field
/// or a call stub off its alignment must fail here and not between clone and exec.
/// </summary>
internal static unsafe class SelfTest
{
    private const int Passed = 42;

    private static long _counter;

    public static int Run()
    {
        if (
            sizeof(PlanOperation) != PlanFormat.OperationSize
            || sizeof(PlanHeader) > PlanFormat.HeaderSize
            || sizeof(PlanMonitor) > PlanFormat.MonitorSize
        )
        {
            return 1;
        }

        if (
            sizeof(PlanStatus) != PlanStatus.Size
            || sizeof(stat) != 144
            || sizeof(clone_args) != 88
            || sizeof(siginfo) != 128
            || sizeof(pidfd_info) != 64
            || sizeof(statfs) != 128
        )
        {
            return 2;
        }

        // .bss is there, zero, and writable.
        if (_counter++ != 0 || _counter != 1)
        {
            return 3;
        }

        // The kernel's own pid and the stub's six arguments: mmap uses all of them.
        if (Sys.Call(SystemCall.getpid) <= 0)
        {
            return 4;
        }

        long page = Sys.Call(SystemCall.mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (page is < 0 and > -4096)
        {
            return 5;
        }

        if (!Formats((byte*)page))
        {
            return 6;
        }

        return SharesMemory() ? Passed : 7;
    }

    /// <summary>
    /// The child of a shared clone begins in its function, on a stack as the ABI has it, and what it writes is there for its parent.
    /// </summary>
    private static bool SharesMemory()
    {
        clone_args arguments;
        Memory.Clear(&arguments, sizeof(clone_args));
        arguments.exit_signal = SIGCHLD;
        long pid = SharedMemoryClone.Run(&arguments, &WriteInSharedMemory);
        siginfo info;
        return pid > 0
            && Sys.Call(SystemCall.waitid, P_PID, pid, (long)&info, WEXITED) == 0
            && info.si_status == Passed
            && _counter == Passed;
    }

    private static void WriteInSharedMemory()
    {
        _counter = Passed;
        byte* text = stackalloc byte[64];
        Sys.ExitGroup(Formats(text) ? Passed : 1);
    }

    /// <summary>Writes past its buffer on purpose: the canary must end the process with 134.</summary>
    public static int SmashStack()
    {
        byte* buffer = stackalloc byte[16];
        Overrun(buffer, 64);
        return buffer[0] == 0 ? 0 : 1;
    }

    private static bool Formats(byte* page)
    {
        TextBuffer text = new(page, 64);
        text.Literal("a"u8);
        text.Number(-120);
        text.Digits(7, 3);
        text.End();
        return Memory.Is(page, "a-120007"u8);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void Overrun(byte* buffer, int length) => Memory.Clear(buffer, length);
}
