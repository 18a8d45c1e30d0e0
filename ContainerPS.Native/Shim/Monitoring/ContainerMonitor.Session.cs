using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim.Monitoring;

/// <summary>Lifetime Session.</summary>
internal static unsafe partial class ContainerMonitor
{
    /// <summary>What has not ended then is met again at the end of the run.</summary>
    private const long KillMilliseconds = 200;

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
        ContainerCgroup.Kill(KillMilliseconds);
        Sys.Call(SystemCall.pidfd_send_signal, ContainerProcess.Pidfd, SIGKILL);
    }
}
