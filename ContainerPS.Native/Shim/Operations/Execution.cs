using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim.Operations;

/// <summary>The end of every child track.</summary>
internal static unsafe class Execution
{
    /// <summary>
    /// Like execvp: what is missing here may be in the next directory of PATH; a file that may not be executed is remembered but does not
    /// hide a later one.
    /// </summary>
    public static long Exec(byte** candidates, byte** arguments, byte** environment)
    {
        // From here on the container lives on its own (ChildSide.Run).
        Sys.Call(SystemCall.prctl, PR_SET_PDEATHSIG, 0);
        long result = -ENOENT;
        for (byte** candidate = candidates; *candidate != null; candidate++)
        {
            // Returns only to tell why not. On success the channel closes with the old image, and that is the message.
            long failed = Sys.Call(SystemCall.execve, (long)*candidate, (long)arguments, (long)environment);

            // ENOEXEC, ENOMEM, E2BIG, EPERM … are about a file that is there: looking further would run another program than the one meant.
            if (failed is not (-ENOENT or -ENOTDIR or -EACCES))
            {
                return failed;
            }

            if (failed == -EACCES)
            {
                result = failed;
            }
        }

        return result;
    }
}
