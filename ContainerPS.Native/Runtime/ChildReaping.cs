using System.Runtime.InteropServices;
using ContainerPS.Native.Interop;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Runtime;

/// <summary>`containerps run` in the part of conmon: init becomes this process's child when the shim that cloned it ends.</summary>
internal static class ChildReaping
{
    /// <summary>man 2 prctl, PR_SET_CHILD_SUBREAPER.</summary>
    public static void BecomeSubreaper() =>
        LinuxException.Check(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), $"prctl(PR_SET_CHILD_SUBREAPER, 1)");

    /// <summary>The exit code, 128 + n for a signal.</summary>
    public static int Wait(int pid)
    {
        using (var process = Pidfd.TryOpen(pid))
        {
            process?.WaitForExit();
        }
        // A zombie is not lost; it is ours as soon as the shim, which has nothing left to do, has ended.
        for (int attempt = 0; attempt < 2000; attempt++)
        {
            if (TryReap(pid) is { } code)
            {
                return code;
            }

            Thread.Sleep(1);
        }

        throw new RuntimeException($"process {pid} did not become a child of this process: its exit code is lost");
    }

    private static unsafe int? TryReap(int pid)
    {
        const int exited = 1;
        siginfo_t info;
        while (waitid(P_PID, (uint)pid, &info, WEXITED | __WALL) != 0)
        {
            switch (Marshal.GetLastPInvokeError())
            {
                case EINTR:
                    continue;
                case ECHILD:
                    return null;
                case var errno:
                    throw new LinuxException($"waitid(P_PID, {pid}, WEXITED)", errno);
            }
        }

        return info.si_code == exited ? info.si_status : 128 + info.si_status;
    }
}
