using System.Runtime.InteropServices;

namespace ContainerPS.Native.Interop;

/// <summary><c>&lt;sched.h&gt;</c></summary>
public static unsafe partial class Libc
{
    public const int CLONE_ARGS_SIZE_VER0 = 0x40;
    public const int CLONE_ARGS_SIZE_VER1 = 0x50;
    public const int CLONE_ARGS_SIZE_VER2 = 0x58;
    public const int CLONE_CHILD_CLEARTID = 0x200000;
    public const int CLONE_CHILD_SETTID = 0x1000000;
    public const long CLONE_CLEAR_SIGHAND = 0x100000000;
    public const int CLONE_DETACHED = 0x400000;
    public const int CLONE_FILES = 0x400;
    public const int CLONE_FS = 0x200;
    public const long CLONE_INTO_CGROUP = 0x200000000;
    public const uint CLONE_IO = 0x80000000;
    public const int CLONE_NEWCGROUP = 0x2000000;
    public const int CLONE_NEWIPC = 0x8000000;
    public const int CLONE_NEWNET = 0x40000000;
    public const int CLONE_NEWNS = 0x20000;
    public const int CLONE_NEWPID = 0x20000000;
    public const int CLONE_NEWTIME = 0x80;
    public const int CLONE_NEWUSER = 0x10000000;
    public const int CLONE_NEWUTS = 0x4000000;
    public const int CLONE_PARENT = 0x8000;
    public const int CLONE_PARENT_SETTID = 0x100000;
    public const int CLONE_PIDFD = 0x1000;
    public const int CLONE_PTRACE = 0x2000;
    public const int CLONE_SETTLS = 0x80000;
    public const int CLONE_SIGHAND = 0x800;
    public const int CLONE_SYSVSEM = 0x40000;
    public const int CLONE_THREAD = 0x10000;
    public const int CLONE_UNTRACED = 0x800000;
    public const int CLONE_VFORK = 0x4000;
    public const int CLONE_VM = 0x100;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int unshare(int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int setns(SafeHandle fd, int nstype);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int sched_getaffinity(int pid, nuint cpusetsize, void* mask);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int sched_setaffinity(int pid, nuint cpusetsize, void* mask);

    [LibraryImport("libc")]
    internal static partial int sched_getcpu();
}

internal struct clone_args
{
    public ulong flags;
    public ulong pidfd;
    public ulong child_tid;
    public ulong parent_tid;
    public ulong exit_signal;
    public ulong stack;
    public ulong stack_size;
    public ulong tls;
    public ulong set_tid;
    public ulong set_tid_size;
    public ulong cgroup;
}
