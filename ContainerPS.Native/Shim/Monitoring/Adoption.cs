using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Operations;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim.Monitoring;

/// <summary>
/// Becoming the monitor of a container whose monitor was killed. The process is not our child: someone else reaps it, and its exit code is
/// had from the pidfd alone (PIDFD_INFO_EXIT, Linux 6.15), which keeps it after the reaping. Before 6.15 the code is unknown: -1.
/// </summary>
internal static unsafe class Adoption
{
    private const int Lost = 73;

    /// <summary>PID 1 and subreapers reap within seconds; the exit code is there only after that.</summary>
    private const long ReapMilliseconds = 10_000;

    public static int Run()
    {
        PlanMonitor* monitor = PlanBlock.Monitor;
        ContainerProcess.Pid = (int)PlanBlock.Held(monitor->PidSlot);
        ContainerProcess.Pidfd = (int)PlanBlock.Held(monitor->PidfdSlot);

        // A process is its pid and its start time: a pid alone may be someone else's by now. The pidfd was opened before this look, so both
        // are of one process.
        if (ProcessStatus.TryRead(ContainerProcess.Pid, out ProcessStatus.Fields fields) && fields.StartTicks != monitor->StartTicks)
        {
            StatusSocket.Fail(PlanTrackName.Parent, -1, ESRCH, fields.StartTicks);
            return Lost;
        }

        ContainerProcess.StartTicks = monitor->StartTicks;
        Detachment.Complete();
        long now = Sys.RealTime();
        Records.Adopted(now);
        Reports.Tell(PlanStatusKind.Adopted, now);
        ContainerMonitor.RunAdopted();
        return 0;
    }

    public static void TakeExit(ref ExitStatus exit)
    {
        exit.AtNanoseconds = Sys.RealTime();
        exit.Code = -1;
        exit.Signal = 0;
        WaitUntilReaped();
        pidfd_info info;
        Memory.Clear(&info, sizeof(pidfd_info));
        info.mask = PIDFD_INFO_EXIT;
        long result = Sys.Call(SystemCall.ioctl, ContainerProcess.Pidfd, PIDFD_GET_INFO, (long)&info);
        if (result < 0 || (info.mask & PIDFD_INFO_EXIT) == 0)
        {
            return;
        }

        // As wait(2) has it: the signal in the low seven bits, else the code in the next byte.
        exit.Signal = info.exit_code & 0x7F;
        exit.Code = exit.Signal != 0 ? 128 + exit.Signal : (info.exit_code >> 8) & 0xFF;
    }

    private static void WaitUntilReaped()
    {
        long until = Sys.MonotonicMilliseconds() + ReapMilliseconds;
        pollfd wait;
        wait.fd = ContainerProcess.Pidfd;
        do
        {
            // POLLIN says "ended" and is always there by now; POLLHUP alone (asked for by no event) says "reaped" where the kernel knows
            // it.
            wait.events = 0;
            wait.revents = 0;
            Sys.Poll(&wait, 1, 100);
        } while ((wait.revents & POLLHUP) == 0 && Sys.MonotonicMilliseconds() < until && IsZombie());
    }

    private static bool IsZombie() =>
        ProcessStatus.TryRead(ContainerProcess.Pid, out ProcessStatus.Fields fields) && fields.StartTicks == ContainerProcess.StartTicks;
}
