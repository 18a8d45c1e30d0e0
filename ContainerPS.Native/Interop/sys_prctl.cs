using System.Runtime.InteropServices;

namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;sys/prctl.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const int PR_CAPBSET_DROP = 24;
    public const int PR_CAPBSET_READ = 23;
    public const int PR_CAP_AMBIENT = 47;
    public const int PR_CAP_AMBIENT_CLEAR_ALL = 4;
    public const int PR_CAP_AMBIENT_IS_SET = 1;
    public const int PR_CAP_AMBIENT_LOWER = 3;
    public const int PR_CAP_AMBIENT_RAISE = 2;
    public const int PR_GET_CHILD_SUBREAPER = 37;
    public const int PR_GET_DUMPABLE = 3;
    public const int PR_GET_KEEPCAPS = 7;
    public const int PR_GET_NAME = 16;
    public const int PR_GET_NO_NEW_PRIVS = 39;
    public const int PR_GET_PDEATHSIG = 2;
    public const int PR_GET_SECUREBITS = 27;
    public const int PR_SCHED_CORE = 62;
    public const int PR_SCHED_CORE_CREATE = 1;
    public const int PR_SCHED_CORE_GET = 0;
    public const int PR_SCHED_CORE_MAX = 4;
    public const int PR_SCHED_CORE_SCOPE_PROCESS_GROUP = 2;
    public const int PR_SCHED_CORE_SCOPE_THREAD = 0;
    public const int PR_SCHED_CORE_SCOPE_THREAD_GROUP = 1;
    public const int PR_SCHED_CORE_SHARE_FROM = 3;
    public const int PR_SCHED_CORE_SHARE_TO = 2;
    public const int PR_SET_CHILD_SUBREAPER = 36;
    public const int PR_SET_DUMPABLE = 4;
    public const int PR_SET_KEEPCAPS = 8;
    public const int PR_SET_NAME = 15;
    public const int PR_SET_NO_NEW_PRIVS = 38;
    public const int PR_SET_PDEATHSIG = 1;
    public const int PR_SET_SECCOMP = 22;
    public const int PR_SET_SECUREBITS = 28;
    public const int PR_SET_THP_DISABLE = 41;
    public const int PR_SET_MDWE = 65;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int prctl(int option, nuint arg2, nuint arg3, nuint arg4, nuint arg5);
}
