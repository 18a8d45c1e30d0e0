using ContainerPS.Native.Launch;

namespace ContainerPS.Native.Shim.Operations;

/// <summary>Operations that look and change nothing.</summary>
internal static unsafe class Checks
{
    public static bool Compare(PlanComparison comparison, long left, long right) =>
        comparison switch
        {
            PlanComparison.Equal => left == right,
            PlanComparison.NotEqual => left != right,
            PlanComparison.Less => left < right,
            PlanComparison.GreaterOrEqual => left >= right,
            PlanComparison.HasBits => (left & right) == right,
            _ => false,
        };

    public static long Expect(PlanOperation* operation)
    {
        if (Compare((PlanComparison)operation->Number, Interpreter.Value(operation, 0), Interpreter.Value(operation, 1)))
        {
            return 0;
        }

        Interpreter.Detail = Interpreter.Value(operation, 0);
        long errno = Interpreter.Value(operation, 3);
        return errno is > 0 and < 4096 ? -errno : -EPROTO;
    }

    /// <summary>
    /// A mount source or target is what the planner took it for, asked of the open descriptor: a path could have been exchanged since.
    /// </summary>
    public static long FileType(long descriptor, long format, long device)
    {
        stat status;
        long result = Sys.Call(SystemCall.fstat, descriptor, (long)&status);
        if (result < 0)
        {
            return result;
        }

        // ENOTDIR where a directory was promised: what a person understands best of a bind mount that does not fit.
        if ((status.st_mode & S_IFMT) != format)
        {
            return format == S_IFDIR ? -ENOTDIR : -EINVAL;
        }

        // CVE-2025-31133: a container that races replaces the /dev/null that masked paths are covered with by a link; only the device's
        // number proves it.
        return device == -1 || status.st_rdev == (ulong)device ? 0 : -ENODEV;
    }

    /// <summary>
    /// procfs identity (CVE-2025-31133, -52565, -52881): what is written to or masked "in /proc" must lie on proc and on nothing mounted
    /// over it.
    /// </summary>
    public static long FileSystem(long descriptor, long magic)
    {
        statfs status;
        long result = Sys.Call(SystemCall.fstatfs, descriptor, (long)&status);
        if (result < 0)
        {
            return result;
        }

        // The magic found goes along: "0x1021994" tells that it was a tmpfs.
        Interpreter.Detail = status.f_type;
        return status.f_type == magic ? 0 : -ESTALE;
    }

    /// <summary>
    /// getcwd of a directory outside the root does not fail: it answers "(unreachable)/…" (CVE-2024-21626, a leaked descriptor as cwd).
    /// </summary>
    public static long WorkingDirectory()
    {
        // The system call, not the path that someone remembers: the kernel walks from the directory up to this process's root.
        byte* buffer = stackalloc byte[4096];
        long result = Sys.Call(SystemCall.getcwd, (long)buffer, 4096);
        if (result < 0)
        {
            return result;
        }

        return buffer[0] == (byte)'/' ? 0 : -ENOENT;
    }
}
