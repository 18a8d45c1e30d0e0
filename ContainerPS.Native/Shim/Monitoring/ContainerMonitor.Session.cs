using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Operations;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim.Monitoring;

/// <summary>Lifetime Session.</summary>
internal static unsafe partial class ContainerMonitor
{
    private static bool _starterIsGone;

    private static bool starterIsWatched =>
        !_starterIsGone
        && (PlanBlock.Monitor->Flags & PlanMonitorFlags.EndWithStarter) != 0
        && PlanBlock.Monitor->StarterPidfdSlot != PlanFormat.NoSlot;

    /// <summary>
    /// The end of init ends its pid namespace; where that is shared, the cgroup says who belongs to the container. What follows is an exit
    /// like any other.
    /// </summary>
    private static void EndWithStarter()
    {
        _starterIsGone = true;
        long cgroup = PlanBlock.Held(PlanBlock.Monitor->CgroupSlot);
        if (cgroup < 0 && PlanBlock.Monitor->CgroupPath != 0)
        {
            cgroup = Sys.Open(PlanBlock.Text(PlanBlock.Monitor->CgroupPath), O_PATH | O_DIRECTORY);
        }

        if (cgroup >= 0)
        {
            CgroupKill.Run((int)cgroup);
        }

        Sys.Call(SystemCall.pidfd_send_signal, ContainerProcess.Pidfd, SIGKILL);
    }
}
