using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Operations;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim.Monitoring;

/// <summary>
/// The end of a run in the container's cgroup: what is left of its processes is killed, and the cgroup removed, so that the next start
/// begins from a new one. Both happen before the exit is recorded.
/// </summary>
/// <remarks>
/// A container that removes itself keeps its directories here: the engine removes them behind the caller's back, and the monitor would
/// only delay the caller.
/// </remarks>
internal static unsafe class ContainerCgroup
{
    /// <summary>At most this long an end of a run is held back by a process that does not die (one that hangs in the kernel).</summary>
    private const long PatienceMilliseconds = 2000;

    /// <summary>The first one is where processes are counted and killed: the freezer's on v1, the only one on v2.</summary>
    private static byte** Directories => (byte**)PlanBlock.Text(PlanBlock.Monitor->CgroupDirectories);

    /// <summary>Where the starter has died: the container's processes get the signal; how they end is seen by others.</summary>
    public static void Kill(long milliseconds)
    {
        if (Directories != null)
        {
            EndFirst(Sys.MonotonicMilliseconds() + milliseconds);
        }
    }

    /// <summary>When the first process has been waited for. 0, or -errno of what is left.</summary>
    public static long End(bool reapsOrphans)
    {
        if (Directories == null)
        {
            return 0;
        }

        CgroupTree.ReapsOrphans = reapsOrphans;
        return EndFirst(Sys.MonotonicMilliseconds() + PatienceMilliseconds);
    }

    /// <summary>Removes every directory that can be removed; -errno of the first that cannot.</summary>
    public static long Remove()
    {
        byte** directories = Directories;
        if (directories == null || (PlanBlock.Monitor->Flags & PlanMonitorFlags.RemoveCgroup) == 0)
        {
            return 0;
        }

        long until = Sys.MonotonicMilliseconds() + PatienceMilliseconds;
        long first = 0;
        for (; *directories != null; directories++)
        {
            long result = CgroupTree.Remove(*directories, until);
            first = first == 0 ? result : first;
        }

        return first;
    }

    private static long EndFirst(long until)
    {
        long directory = Sys.Open(*Directories, O_RDONLY | O_DIRECTORY);
        if (directory < 0)
        {
            return directory == -ENOENT ? 0 : directory;
        }

        long result = CgroupTree.End((int)directory, until);
        Sys.Close(directory);
        return result;
    }
}
