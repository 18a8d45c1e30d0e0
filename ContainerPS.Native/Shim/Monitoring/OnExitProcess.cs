using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim.Monitoring;

/// <summary>
/// Runs the on-exit command for a monitor that is under its filter. A filter is inherited through exec, and `containerps` cannot work under
/// the monitor's: this process is forked before the filter, reads nothing of the container's, and can be told one thing only.
/// </summary>
/// <remarks>
/// <code>
///  monitor                                   this process
///  fork ───────────────────────────────────▶ closes all but its pipe and the program
///  filter                                    reads (asleep for the container's life)
///  … the container ends: one byte ─────────▶ runs the on-exit command, notes its failure
///  waits for it ◀─────────────────────────── exit
///  or dies: end of file ───────────────────▶ exit; the next monitor makes another
/// </code>
/// </remarks>
internal static unsafe class OnExitProcess
{
    private static int _order = -1;
    private static long _pid;

    public static bool IsThere => _order >= 0;

    /// <summary>Where it cannot be made (no process, no descriptor) the monitor does without the filter.</summary>
    public static void Make()
    {
        int* pipe = stackalloc int[2];
        if (!OnExitCommand.IsThere || Sys.Call(SystemCall.pipe2, (long)pipe, O_CLOEXEC) < 0)
        {
            return;
        }

        long pid = Sys.Fork();
        if (pid == 0)
        {
            AwaitOrder(pipe[0]);
        }

        Sys.Close(pipe[0]);
        if (pid < 0)
        {
            Sys.Close(pipe[1]);
            return;
        }

        _order = pipe[1];
        _pid = pid;
    }

    /// <summary>Returns when the command has been run.</summary>
    public static void Order()
    {
        byte now = 1;
        long result = Sys.Write(_order, &now, 1);
        if (result > 0)
        {
            result = OnExitCommand.Await(_pid);
        }

        // It was killed: nobody else noted that the command has not run.
        if (result != 0)
        {
            Records.CleanupFailed(CleanupStep.OnExit, (int)result);
        }
    }

    private static void AwaitOrder(int order)
    {
        // The lock says that a monitor lives: neither its descriptor nor a mapping of its file may outlive the monitor here.
        OutputJournal.End();
        Outputs.GiveBack();
        Inheritance.CloseAllBut(order, (int)PlanBlock.Held(PlanBlock.Monitor->OnExitProgramSlot));
        ReadOnlySpan<byte> name = "containerps-end\0"u8;
        Sys.Call(SystemCall.prctl, PR_SET_NAME, (long)name.Pointer);
        Memory.GiveBackStack();
        byte message;
        if (Sys.Read(order, &message, 1) > 0)
        {
            OnExitCommand.Run();
        }

        Sys.ExitGroup(0);
    }
}
