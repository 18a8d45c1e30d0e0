using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Operations;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim.Monitoring;

/// <summary>From the end of the container's first process to the end of its monitor.</summary>
internal static unsafe class ContainerEnd
{
    /// <summary>
    /// At most this long an attached reader may hold back the record of the exit; its copy goes on afterwards.
    /// </summary>
    private const int PatienceMilliseconds = 100;

    private const int DecisionMilliseconds = 2000;

    /// <summary>
    /// A process that could not be killed, or one outside that has the FIFO open, may write on for ever: so many rounds of 16 KiB belong to
    /// this exit.
    /// </summary>
    private const int DrainRounds = 1024;

    public static void Run(ref ExitStatus exit, bool isParent)
    {
        // Before the drain: what shares a pid namespace would write on for ever.
        long cgroup = ContainerCgroup.End(isParent);

        // What the container wrote lies in the FIFOs, and belongs before the line that says it ended.
        bool isDrained = Drain(PatienceMilliseconds);

        // The counter goes with the cgroup.
        exit.OomKilled = (PlanBlock.Monitor->Flags & PlanMonitorFlags.WatchOom) != 0 && OomCounter.HasRisen;
        long removed = ContainerCgroup.Remove();
        if (cgroup < 0 || removed < 0)
        {
            Records.CleanupFailed(CleanupStep.Cgroup, (int)(removed < 0 ? removed : cgroup));
        }

        fixed (ExitStatus* status = &exit)
        {
            Records.Exited(status);

            // Nothing is watched any more. Free before anyone is told: the next start of the same container wants this lock at once.
            Unlock();
            StatusSocket.Exited(PlanStatusKind.Exited, status, -1);
        }

        if (!isDrained)
        {
            Drain(-1);
        }

        Outputs.Stdout.Detach();
        Outputs.Stderr.Detach();
        if ((PlanBlock.Monitor->Flags & PlanMonitorFlags.RunExitTrack) != 0)
        {
            Interpreter.RunThrough(PlanTrackName.Exit);
        }

        CleanUp();
    }

    private static void Unlock()
    {
        // A mapping of the lock's file would hold the lock, and nobody adopts any more.
        OutputJournal.End();
        long lockFile = PlanBlock.Held(PlanBlock.Monitor->LockSlot);
        if (lockFile >= 0)
        {
            Sys.Close(lockFile);
        }
    }

    /// <summary>False when an attached reader did not take its copy in time.</summary>
    private static bool Drain(int patience)
    {
        for (int round = 0; round < DrainRounds; round++)
        {
            if (Outputs.Pump())
            {
                continue;
            }

            if (!Outputs.IsHeldUp)
            {
                return true;
            }

            if (!WaitForReaders(patience))
            {
                return false;
            }
        }

        return true;
    }

    private static bool WaitForReaders(int patience)
    {
        pollfd* readers = stackalloc pollfd[2];
        readers[0].fd = Outputs.Stdout.IsHeldUp ? Outputs.Stdout.Attached : -1;
        readers[1].fd = Outputs.Stderr.IsHeldUp ? Outputs.Stderr.Attached : -1;
        readers[0].events = readers[1].events = POLLOUT;
        readers[0].revents = readers[1].revents = 0;
        return Sys.Poll(readers, 2, patience) != 0;
    }

    private static void CleanUp()
    {
        if (!OnExitCommand.IsThere)
        {
            return;
        }

        Starter.AwaitDecision(DecisionMilliseconds);
        if (Starter.TookOver)
        {
            Starter.AwaitEnd();

            // It died before it was done if the state is still there.
            if (Sys.Call(SystemCall.faccessat, AT_FDCWD, (long)PlanBlock.Text(PlanBlock.Monitor->StatePath), 0) < 0)
            {
                return;
            }
        }

        if (OnExitProcess.IsThere)
        {
            OnExitProcess.Order();
        }
        else
        {
            OnExitCommand.Run();
        }
    }
}
