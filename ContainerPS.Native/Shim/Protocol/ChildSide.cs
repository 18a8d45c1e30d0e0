using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Operations;

namespace ContainerPS.Native.Shim.Protocol;

/// <summary>What runs in the processes that the shim clones. None of these methods returns.</summary>
internal static unsafe class ChildSide
{
    public static void Run()
    {
        // A container whose monitor was killed halfway would start unwatched, under a start that its starter was told has failed: it dies
        // with the shim until its exec, which takes the mark away. In Runtime mode the shim is meant to leave first.
        if (PlanBlock.Header->Mode != PlanMode.Runtime)
        {
            Sys.Call(SystemCall.prctl, PR_SET_PDEATHSIG, SIGKILL);

            // A shim that was dead before the mark was set sends nothing any more (man 2 PR_SET_PDEATHSIG).
            if (Channel.IsOtherSideGone())
            {
                Sys.ExitGroup(1);
            }
        }

        long result = Interpreter.Run(PlanTrackName.Child);

        // Only failures come here: execve does not return. Nothing is cleaned up and nothing is closed: mounts, namespaces and descriptors
        // end with this process. A track that ends without an exec is a failure of its last operation.
        int errno = result is < 0 and > -4096 ? (int)-result : ENOEXEC;
        Channel.Fail(Interpreter.Index, errno, Interpreter.Detail);

        // Nobody reads this code but an OCI caller whose `create` is long gone; the shells' convention is what it knows.
        Sys.ExitGroup(errno == ENOENT ? 127 : 126);
    }

    /// <summary>The helper lends its namespaces until it is killed; it dies with the shim.</summary>
    public static void RunHelper(long shim)
    {
        // It has no channel to see a dead shim by, as the container's process has, but its parent's pid; 0 where it is in a pid namespace
        // of its own.
        Sys.Call(SystemCall.prctl, PR_SET_PDEATHSIG, SIGKILL);
        long parent = Sys.Call(SystemCall.getppid);
        if (parent != shim && parent != 0)
        {
            Sys.ExitGroup(1);
        }

        if (Interpreter.Run(PlanTrackName.Helper) < 0)
        {
            Sys.ExitGroup(1);
        }

        // Whoever wants the namespace opens /proc/PID/ns/user of this process; EndHelper kills it.
        while (true)
        {
            Sys.Sleep(3_600_000);
        }
    }
}
