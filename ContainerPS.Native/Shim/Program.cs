using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Monitoring;
using ContainerPS.Native.Shim.Operations;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim;

/// <summary>
/// containerps-shim PLAN-FD STATUS-FD [monitor NAME]: does what the plan says and tells how it went. Exit codes are for people only; the
/// starter reads messages. containerps-shim reserve STATUS-FD monitor|exec ROOM-FOR-NAME: the same, when the plan comes
/// (<see cref="Reserve"/>).
/// </summary>
/// <remarks>
/// <code>
///  starter (pwsh, containerps)          P0                       M                                   C
///  ───────────────────────────          ──                       ─                                   ─
///  posix_spawn ────────────────────────▶ argv
///                                        fork ──────────────────▶ setsid
///  waitid (reaps P0) ◀────────────────── exit 0                   closes every foreign descriptor
///                                                                 maps, checks, relocates the plan
///                                                                 parent track … Clone ────────────▶ child track …
///                                                                 (detaches while C works)            Exec
///                     ◀──────── Started ────────────────────────  AwaitExec  ◀───── end of file ────  runs
///                                                                 monitor: log, exit, clean-up
/// </code>
/// Where the plan says so C has M's own memory until its exec, and M sleeps in the clone meanwhile (<see cref="SharedMemoryClone"/>); else
/// a copy. Runtime and Exec mode have no M: P0 does its work and exits, in Runtime mode when init waits for its start, in Exec mode when
/// the process has ended.
/// </remarks>
internal static unsafe class Program
{
    private const int Usage = 64;
    private const int RefusedPlan = 71;
    private const int FailedTrack = 72;

    public static int Run(long argumentCount, byte** arguments)
    {
        if (argumentCount == 2 && Memory.Is(arguments[1], "--self-test"u8))
        {
            return SelfTest.Run();
        }

        if (argumentCount == 2 && Memory.Is(arguments[1], "--smash-stack"u8))
        {
            return SelfTest.SmashStack();
        }

        if (argumentCount == 3 && Memory.Is(arguments[1], "--check"u8))
        {
            return (int)PlanBlock.Load(Number(arguments[2]));
        }

        Inheritance.FillStandard();
        if (argumentCount == 5 && Memory.Is(arguments[1], "reserve"u8))
        {
            return WaitInReserve(arguments);
        }

        if (argumentCount < 3 || Number(arguments[1]) < 3 || Number(arguments[2]) < 3)
        {
            return Usage;
        }

        if (argumentCount > 3 && Memory.Is(arguments[3], "monitor"u8) && !Detachment.Fork())
        {
            return FailedTrack;
        }

        return Work(Number(arguments[1]), Number(arguments[2]));
    }

    private static int WaitInReserve(byte** arguments)
    {
        bool isMonitor = Memory.Is(arguments[3], "monitor"u8);
        StatusSocket.Descriptor = Number(arguments[2]);
        if (StatusSocket.Descriptor < 3)
        {
            return Usage;
        }

        if (isMonitor && !Detachment.Fork())
        {
            return FailedTrack;
        }

        int plan = Reserve.Await(arguments[4], isMonitor);
        return plan < 0 ? 0 : Work(plan, StatusSocket.Descriptor);
    }

    private static int Work(int plan, int status)
    {
        StatusSocket.Descriptor = status;
        // Before anything is joined: nobody inside may look at us, our memory or our descriptors (CVE-2016-9962).
        Sys.Call(SystemCall.prctl, PR_SET_DUMPABLE, 0);
        // Modes of what the plan makes are exact; a process gets its umask by an operation of its own.
        Sys.Call(SystemCall.umask, 0);
        PlanRefusal refusal = PlanBlock.Load(plan);
        if (refusal == 0 && Detachment.IsDetached != PlanBlock.Header->Mode is PlanMode.Service or PlanMode.Adopt)
        {
            refusal = PlanRefusal.Mode;
        }

        if (refusal != 0)
        {
            StatusSocket.Refuse(refusal);
            return RefusedPlan;
        }

        Inheritance.CloseForeign(status);
        PlanBlock.Relocate();
        return RunPlan();
    }

    private static int RunPlan()
    {
        long result = Interpreter.Run(PlanTrackName.Parent);
        if (result < 0)
        {
            FailureReport.Send(result);
            return FailedTrack;
        }

        switch (PlanBlock.Header->Mode)
        {
            case PlanMode.Service:
                ContainerMonitor.Run();
                break;
            case PlanMode.Adopt:
                return Adoption.Run();
            case PlanMode.Exec:
                WaitForExec();
                break;
            default:
                break;
        }

        return 0;
    }

    private static void WaitForExec()
    {
        if (ContainerProcess.Pid == 0)
        {
            return;
        }

        Inheritance.CloseAllBut(StatusSocket.Descriptor);
        ExitStatus exit;
        ContainerProcess.Reap(&exit);
        StatusSocket.Exited(PlanStatusKind.Exited, &exit, -1);
    }

    private static int Number(byte* text)
    {
        int value = 0;
        for (int i = 0; text[i] is >= (byte)'0' and <= (byte)'9' && i < 7; i++)
        {
            value = value * 10 + (text[i] - '0');
        }

        return value;
    }
}
