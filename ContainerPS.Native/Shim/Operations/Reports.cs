using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Monitoring;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim.Operations;

/// <summary>Operations that tell others how far the start has come.</summary>
internal static unsafe class Reports
{
    public static long Started()
    {
        long result = ContainerProcess.AwaitExec();
        if (result < 0)
        {
            return result;
        }

        long now = Sys.RealTime();
        // The record first: a starter that was told reads it at once.
        if (PlanBlock.Monitor != null)
        {
            result = Records.Running(now);
            if (result < 0)
            {
                return result;
            }

            EventJournal.Started(now);
        }

        Tell(PlanStatusKind.Started, now);

        // Who was told may be in line behind us, on this processor; what a monitor does for itself now is in no hurry.
        Sys.Call(SystemCall.sched_yield);
        return 0;
    }

    public static long Created()
    {
        // init waits on its exec FIFO: it is alive, and whoever asks later compares this start time before it signals the pid.
        if (!ProcessStatus.TryRead(ContainerProcess.Pid, out ProcessStatus.Fields fields))
        {
            return -ESRCH;
        }

        ContainerProcess.StartTicks = fields.StartTicks;
        Tell(PlanStatusKind.Created, Sys.RealTime());
        return 0;
    }

    public static void Tell(PlanStatusKind kind, long at)
    {
        PlanStatus status = default;
        status.Kind = kind;
        status.Pid = ContainerProcess.Pid;
        status.MonitorPid = (int)Sys.Call(SystemCall.getpid);
        status.StartTicks = ContainerProcess.StartTicks;
        status.AtNanoseconds = at;
        StatusSocket.Send(&status);
    }
}
