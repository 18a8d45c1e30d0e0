using System.Runtime.InteropServices;

namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;sys/wait.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const int WNOHANG = 1;
    public const int WUNTRACED = 2;
    public const int WSTOPPED = 2;
    public const int WEXITED = 4;
    public const int WCONTINUED = 8;
    public const int WNOWAIT = 16777216;
    public const int __WALL = 1073741824;
    public const int P_ALL = 0;
    public const int P_PID = 1;
    public const int P_PGID = 2;
    public const int P_PIDFD = 3;
    public const int CLD_EXITED = 1;
    public const int CLD_KILLED = 2;
    public const int CLD_DUMPED = 3;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int waitid(int idtype, uint id, siginfo_t* infop, int options);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int waitpid(int pid, int* wstatus, int options);
}

/// <summary>The part of <c>siginfo_t</c> that waitid fills; the union is padded to the full 128 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
internal struct siginfo_t
{
    public int si_signo;
    public int si_errno;
    public int si_code;
    private readonly int _padding;
    public int si_pid;
    public uint si_uid;
    public int si_status;
}
