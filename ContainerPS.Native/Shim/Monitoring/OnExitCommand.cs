using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim.Monitoring;

/// <summary>What needs a brain (auto-remove, restart) is done by `containerps`, started by the monitor when nobody else will.</summary>
internal static unsafe class OnExitCommand
{
    private const int Attempts = 3;

    public static bool IsThere => PlanBlock.Monitor->OnExitProgramSlot != PlanFormat.NoSlot;

    /// <summary>Runs it until it succeeds, some times; what failed every time is noted in the state log.</summary>
    public static void Run()
    {
        int code = RunOnce();
        long pause = 100;
        for (int i = 1; i < Attempts && code != 0; i++)
        {
            // Memory or processes may be short just now, which is also why the container ended.
            Sys.Sleep(pause);
            pause *= 10;
            code = RunOnce();
        }

        if (code != 0)
        {
            Records.CleanupFailed(CleanupStep.OnExit, code);
        }
    }

    private static int RunOnce()
    {
        long pid = Sys.Fork();
        if (pid == 0)
        {
            Become(PlanBlock.Monitor);
        }

        return pid < 0 ? (int)pid : Await(pid);
    }

    /// <summary>The exit code of a child as a shell counts, or -errno.</summary>
    public static int Await(long pid)
    {
        siginfo info;
        long result;
        do
        {
            result = Sys.Call(SystemCall.waitid, P_PID, pid, (long)&info, WEXITED | __WALL);
        } while (result == -EINTR);
        return result < 0 ? (int)result
            : info.si_code == CLD_EXITED ? info.si_status
            : 128 + info.si_status;
    }

    /// <summary>By the descriptor that is open since the start: what lies at its path by now may be another version, or nothing.</summary>
    private static void Become(PlanMonitor* monitor)
    {
        Detachment.RestoreSignals();
        Detachment.RestoreOomScore();
        ReadOnlySpan<byte> empty = "\0"u8;
        Sys.Call(
            SystemCall.execveat,
            PlanBlock.Held(monitor->OnExitProgramSlot),
            (long)empty.Pointer,
            (long)PlanBlock.Text(monitor->OnExitArguments),
            (long)PlanBlock.Text(monitor->OnExitEnvironment),
            AT_EMPTY_PATH
        );
        Sys.ExitGroup(127);
    }
}
