using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim.Operations;

/// <summary>
/// A process that exists only for its namespaces: an idmapped mount wants a user namespace, and a user namespace wants a process until
/// someone holds a descriptor of it.
/// </summary>
internal static unsafe class HelperProcess
{
    private static int _pid;

    public static long Clone(PlanOperation* operation, ulong flags)
    {
        if (_pid != 0)
        {
            return -EBUSY;
        }

        // No channel: the namespace is complete when clone3 returns, and the helper has nothing to tell.
        int pidfd = -1;
        long shim = Sys.Call(SystemCall.getpid);
        long made = ContainerProcess.CloneProcess(flags, -1, &pidfd);
        if (made == 0)
        {
            ChildSide.RunHelper(shim);
        }

        if (made < 0)
        {
            return made;
        }

        _pid = (int)made;
        ContainerProcess.StoreDescriptor(operation, pidfd);
        return made;
    }

    public static long End()
    {
        if (_pid == 0)
        {
            return 0;
        }

        Sys.Call(SystemCall.kill, _pid, SIGKILL);
        siginfo info;
        long result = Sys.Call(SystemCall.waitid, P_PID, _pid, (long)&info, WEXITED | __WALL);
        _pid = 0;
        return result;
    }
}
