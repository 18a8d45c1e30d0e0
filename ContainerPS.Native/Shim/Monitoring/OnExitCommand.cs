using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Operations;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim.Monitoring;

/// <summary>What needs a brain (auto-remove, restart) is done by `containerps`, started by the monitor when nobody else will.</summary>
internal static unsafe class OnExitCommand
{
    private const int Attempts = 3;

    public static bool IsThere => PlanBlock.Monitor->OnExitProgramPath != 0 || PlanBlock.Monitor->OnExitProgramSlot != PlanFormat.NoSlot;

    public static void Run()
    {
        PlanMonitor* monitor = PlanBlock.Monitor;
        int code = -1;
        long pause = 100;
        for (int i = 0; i < Attempts; i++)
        {
            code = RunOnce(monitor);
            if (code == 0)
            {
                return;
            }

            // Memory or processes may be short just now, which is also why the container ended.
            Sys.Sleep(pause);
            pause *= 10;
        }

        Records.CleanupFailed(CleanupStep.OnExit, code);
    }

    private static int RunOnce(PlanMonitor* monitor)
    {
        long pid = Sys.Fork();
        if (pid == 0)
        {
            Become(monitor);
        }

        if (pid < 0)
        {
            return (int)pid;
        }

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

    private static void Become(PlanMonitor* monitor)
    {
        Detachment.RestoreSignals();
        byte** arguments = (byte**)PlanBlock.Text(monitor->OnExitArguments);
        byte** environment = (byte**)PlanBlock.Text(monitor->OnExitEnvironment);
        if (monitor->OnExitProgramSlot != PlanFormat.NoSlot)
        {
            ReadOnlySpan<byte> empty = "\0"u8;
            Sys.Call(
                SystemCall.execveat,
                PlanBlock.Held(monitor->OnExitProgramSlot),
                (long)empty.Pointer,
                (long)arguments,
                (long)environment,
                AT_EMPTY_PATH
            );
        }
        else
        {
            Sys.Call(SystemCall.execve, (long)PlanBlock.Text(monitor->OnExitProgramPath), (long)arguments, (long)environment);
        }

        Sys.ExitGroup(127);
    }
}
