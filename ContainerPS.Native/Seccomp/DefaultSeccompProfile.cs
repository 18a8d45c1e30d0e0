using System.Runtime.InteropServices;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Seccomp;

/// <summary>
/// The profile of a container that asks for none: Docker's verdicts of 2026, kept as our own table. What is not named is refused with
/// EPERM; what is newer than every name gets ENOSYS from <see cref="SeccompCompiler"/>, so that a C library falls back instead of failing.
/// </summary>
public static class DefaultSeccompProfile
{
    /// <summary>Files, directories, attributes.</summary>
    private const string Files = """
        access cachestat chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64
        fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr flistxattr flock
        fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd getdents getdents64
        getxattr getxattrat ioctl lchown lchown32 lgetxattr link linkat listmount listxattr listxattrat llistxattr _llseek lremovexattr
        lseek lsetxattr lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at newfstatat open openat openat2 pipe pipe2 pread64 preadv
        preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv removexattr removexattrat rename renameat renameat2 rmdir
        setxattr setxattrat splice stat stat64 statfs statfs64 statmount statx symlink symlinkat sync sync_file_range syncfs tee truncate
        truncate64 unlink unlinkat utime utimensat utimensat_time64 utimes vmsplice write writev
        """;

    /// <summary>A process, its ids, limits and scheduling.</summary>
    private const string Processes = """
        capget capset execve execveat exit exit_group fork getcpu getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32
        getpgid getpgrp getpid getppid getpriority getrandom getresgid getresgid32 getresuid getresuid32 getrlimit getrusage getsid
        get_thread_area gettid getuid getuid32 ioprio_get ioprio_set landlock_add_rule landlock_create_ruleset landlock_restrict_self prctl
        prlimit64 riscv_hwprobe sched_getaffinity sched_getattr sched_getparam sched_get_priority_max sched_get_priority_min
        sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam
        sched_setscheduler sched_yield seccomp setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setpgid
        setpriority setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setrlimit setsid set_thread_area
        set_tid_address setuid setuid32 sysinfo ugetrlimit umask uname uretprobe vfork wait4 waitid waitpid
        """;

    /// <summary>Memory.</summary>
    private const string Memory = """
        brk madvise map_shadow_stack memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mmap2 mprotect mremap mseal msync munlock
        munlockall munmap pkey_alloc pkey_free pkey_mprotect process_mrelease remap_file_pages
        """;

    /// <summary>Sockets (socket itself is conditional).</summary>
    private const string Sockets = """
        accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64 recvmsg send sendfile
        sendfile64 sendmmsg sendmsg sendto setsockopt shutdown socketcall socketpair
        """;

    /// <summary>Waiting for descriptors.</summary>
    private const string Readiness = """
        epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 fanotify_mark
        inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64
        io_setup io_submit _newselect poll ppoll ppoll_time64 pselect6 pselect6_time64 select signalfd signalfd4
        """;

    /// <summary>Shared memory, queues, locks.</summary>
    private const string Exchange = """
        futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake get_robust_list ipc membarrier mq_getsetattr mq_notify mq_open
        mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd restart_syscall rseq
        semctl semget semop semtimedop semtimedop_time64 set_robust_list shmat shmctl shmdt shmget
        """;

    /// <summary>Signals and pidfds.</summary>
    private const string Signals = """
        kill pause pidfd_open pidfd_send_signal rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend
        rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sigaltstack sigprocmask sigreturn tgkill tkill
        """;

    /// <summary>Clocks and timers.</summary>
    private const string Time = """
        adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep
        clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer time timer_create timer_delete timer_getoverrun timer_gettime
        timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64
        times
        """;

    /// <summary>What one capability makes harmless: the container could do it anyway by other ways.</summary>
    private static readonly (string Capability, string Names)[] _byCapability =
    [
        ("CAP_DAC_READ_SEARCH", "open_by_handle_at"),
        (
            "CAP_SYS_ADMIN",
            """
            bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr lsm_list_modules
            lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname sethostname setns
            syslog umount umount2 unshare
            """
        ),
        ("CAP_SYS_BOOT", "reboot"),
        ("CAP_SYS_CHROOT", "chroot"),
        ("CAP_SYS_MODULE", "delete_module init_module finit_module"),
        ("CAP_SYS_PACCT", "acct"),
        ("CAP_SYS_PTRACE", "kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace"),
        ("CAP_SYS_RAWIO", "iopl ioperm"),
        ("CAP_SYS_TIME", "settimeofday stime clock_settime clock_settime64"),
        ("CAP_SYS_TTY_CONFIG", "vhangup"),
        ("CAP_SYS_NICE", "get_mempolicy mbind set_mempolicy set_mempolicy_home_node"),
        ("CAP_SYSLOG", "syslog"),
        ("CAP_BPF", "bpf"),
        ("CAP_PERFMON", "perf_event_open"),
    ];

    /// <summary>PER_LINUX, PER_LINUX32, UNAME26, both, and 0xffffffff (the question which one is set).</summary>
    private static readonly ulong[] _personalities = [0, 0x8, 0x20000, 0x20008, 0xffffffff];

    /// <summary>
    /// CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET: a container without CAP_SYS_ADMIN makes no namespaces.
    /// </summary>
    private const ulong NamespaceFlags = 0x7E02_0000;

    /// <summary>AF_ALG opens the kernel's crypto to a container, AF_VSOCK its hypervisor: both are left out.</summary>
    private const ulong AddressFamilyAlg = 38,
        AddressFamilyVsock = 40;

    private const uint NotImplemented = 38;

    private static readonly Lock _lock = new();
    private static readonly Dictionary<CapabilitySet, LinuxSeccomp> _made = [];

    /// <summary>The profile of a container with these capabilities in its bounding set; the same object for the same set.</summary>
    public static LinuxSeccomp For(CapabilitySet capabilities)
    {
        lock (_lock)
        {
            if (!_made.TryGetValue(capabilities, out LinuxSeccomp? profile))
            {
                _made[capabilities] = profile = Make(capabilities, RuntimeInformation.ProcessArchitecture);
            }

            return profile;
        }
    }

    internal static LinuxSeccomp Make(CapabilitySet capabilities, Architecture architecture)
    {
        var rules = new List<LinuxSyscall> { Allow(Always(architecture)) };
        rules.AddRange(SocketRules());
        rules.AddRange(_personalities.Select(value => Allow(["personality"], Argument(0, "SCMP_CMP_EQ", value))));
        rules.AddRange(_byCapability.Where(row => capabilities.Contains(row.Capability)).Select(row => Allow(Split(row.Names))));
        if (!capabilities.Contains("CAP_SYS_ADMIN"))
        {
            rules.Add(
                Allow(
                    ["clone"],
                    new LinuxSeccompArg
                    {
                        Index = 0,
                        Op = "SCMP_CMP_MASKED_EQ",
                        Value = NamespaceFlags,
                        ValueTwo = 0,
                    }
                )
            );
            // clone3 keeps its flags in memory, where a filter cannot look: ENOSYS makes the C library use clone.
            rules.Add(
                new LinuxSyscall
                {
                    Names = ["clone3"],
                    Action = "SCMP_ACT_ERRNO",
                    ErrnoRet = NotImplemented,
                }
            );
        }

        return new LinuxSeccomp
        {
            DefaultAction = "SCMP_ACT_ERRNO",
            DefaultErrnoRet = 1,
            Architectures = Architectures(architecture),
            Syscalls = rules,
        };
    }

    private static string[] Always(Architecture architecture) =>
        [
            .. Split(Files),
            .. Split(Processes),
            .. Split(Memory),
            .. Split(Sockets),
            .. Split(Readiness),
            .. Split(Exchange),
            .. Split(Signals),
            .. Split(Time),
            // Safe since Linux 4.8: a tracer no longer slips past its tracee's filter.
            "process_vm_readv",
            "process_vm_writev",
            "ptrace",
            .. architecture switch
            {
                Architecture.X64 => (string[])["arch_prctl", "modify_ldt"],
                Architecture.Arm64 =>
                [
                    "arm_fadvise64_64",
                    "arm_sync_file_range",
                    "sync_file_range2",
                    "breakpoint",
                    "cacheflush",
                    "set_tls",
                ],
                Architecture.RiscV64 => ["riscv_flush_icache"],
                _ => [],
            },
        ];

    private static LinuxSyscall[] SocketRules() =>
        [
            Allow(["socket"], Argument(0, "SCMP_CMP_LT", AddressFamilyAlg)),
            Allow(["socket"], Argument(0, "SCMP_CMP_EQ", AddressFamilyAlg + 1)),
            Allow(["socket"], Argument(0, "SCMP_CMP_GT", AddressFamilyVsock)),
        ];

    private static string[] Architectures(Architecture architecture) =>
        architecture switch
        {
            Architecture.X64 => ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
            Architecture.Arm64 => ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
            Architecture.RiscV64 => ["SCMP_ARCH_RISCV64"],
            _ => [],
        };

    private static LinuxSyscall Allow(IReadOnlyList<string> names, params LinuxSeccompArg[] arguments) =>
        new()
        {
            Names = names,
            Action = "SCMP_ACT_ALLOW",
            Args = arguments.Length == 0 ? null : arguments,
        };

    private static LinuxSeccompArg Argument(uint index, string comparison, ulong value) =>
        new()
        {
            Index = index,
            Op = comparison,
            Value = value,
        };

    private static string[] Split(string names) => names.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
}
