using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Monitoring;
using ContainerPS.Native.Shim.Operations;

namespace ContainerPS.Native.Shim.Protocol;

/// <summary>A start that does not succeed leaves no process behind and says which operation it was.</summary>
internal static unsafe class FailureReport
{
    public static void Send(long result)
    {
        // What failed is remembered before anything else is done that could overwrite it.
        int index = Interpreter.Index;
        long detail = Interpreter.Detail;
        ExitStatus exit = default;

        // The child first: it may stand in a half-built root with the host's descriptors open, and the starter will clean up as soon as it
        // is told.
        if (ContainerProcess.Pid > 0)
        {
            if (result != Outcome.ChildGone)
            {
                ContainerProcess.Kill();
            }

            ContainerProcess.Reap(&exit);
        }

        HelperProcess.End();
        if (result == Outcome.ChildFailed)
        {
            StatusSocket.Fail(PlanTrackName.Child, Channel.Last.Number, Channel.Last.Errno, Channel.Last.Detail);
        }
        else if (result == Outcome.ChildGone)
        {
            SendGone(&exit);
        }
        else
        {
            StatusSocket.Fail(PlanTrackName.Parent, index, (int)-result, detail);
        }
    }

    private static void SendGone(ExitStatus* exit)
    {
        // Not "above zero": a cgroup that was there before the start has counted what others were killed for.
        exit->OomKilled = OomCounter.HasRisen;
        StatusSocket.Exited(PlanStatusKind.ExitedBeforeExec, exit, -1);
    }
}
