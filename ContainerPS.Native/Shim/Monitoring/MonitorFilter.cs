using System.Runtime.CompilerServices;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim.Monitoring;

/// <summary>
/// The monitor reads what a container writes: whatever might be wrong in that, it may only do what its loop does. A filter is inherited by
/// every later process and can never be taken back: `containerps`, which mounts and clones, is started by a process that was made before
/// (<see cref="OnExitProcess"/>). A monitor that runs hooks at the end has no filter.
/// </summary>
internal static unsafe class MonitorFilter
{
    private const ushort LoadWord = 0x20; // BPF_LD | BPF_W | BPF_ABS
    private const ushort JumpIfEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    private const ushort Return = 0x06; // BPF_RET | BPF_K
    private const uint SECCOMP_RET_ALLOW = 0x7FFF_0000;
    private const uint SECCOMP_RET_ERRNO_EPERM = 0x0005_0001;
    private const uint AUDIT_ARCH_X86_64 = 0xC000_003E;
    private const int Capacity = 80;

    public static void Apply()
    {
        bool startsProgram = OnExitCommand.IsThere && !OnExitProcess.IsThere;
        if (startsProgram || (PlanBlock.Monitor->Flags & PlanMonitorFlags.RunExitTrack) != 0)
        {
            return;
        }

        sock_filter* filter = stackalloc sock_filter[Capacity];
        sock_fprog program;
        program.filter = filter;
        program.len = 0;
        Emit(&program, LoadWord, 0, 0, 4); // seccomp_data.arch
        Emit(&program, JumpIfEqual, 1, 0, AUDIT_ARCH_X86_64);
        Emit(&program, Return, 0, 0, SECCOMP_RET_ERRNO_EPERM);
        Emit(&program, LoadWord, 0, 0, 0); // seccomp_data.nr; x32 numbers have bit 30 set and equal none of ours
        AllowOutput(&program);
        AllowExit(&program);
        Emit(&program, Return, 0, 0, SECCOMP_RET_ERRNO_EPERM);
        Sys.Call(SystemCall.prctl, PR_SET_NO_NEW_PRIVS, 1);
        Sys.Call(SystemCall.seccomp, SECCOMP_SET_MODE_FILTER, 0, (long)&program);
    }

    private static void AllowOutput(sock_fprog* program)
    {
        Allow(program, SystemCall.ppoll);
        Allow(program, SystemCall.read);
        Allow(program, SystemCall.readv);
        Allow(program, SystemCall.tee);
        Allow(program, SystemCall.pipe2);
        Allow(program, SystemCall.write);
        Allow(program, SystemCall.clock_gettime);
        Allow(program, SystemCall.openat);
        Allow(program, SystemCall.close);
        Allow(program, SystemCall.fstat);
        Allow(program, SystemCall.ftruncate);
        Allow(program, SystemCall.lseek);
        Allow(program, SystemCall.renameat2);
        Allow(program, SystemCall.unlinkat);
        Allow(program, SystemCall.getdents64);
        Allow(program, SystemCall.mmap);
        Allow(program, SystemCall.munmap);
        Allow(program, SystemCall.madvise);
    }

    private static void AllowExit(sock_fprog* program)
    {
        Allow(program, SystemCall.waitid);
        Allow(program, SystemCall.recvfrom);
        Allow(program, SystemCall.sendto);
        Allow(program, SystemCall.fdatasync);
        Allow(program, SystemCall.pidfd_send_signal);
        Allow(program, SystemCall.kill);
        Allow(program, SystemCall.nanosleep);
        Allow(program, SystemCall.ioctl);
        Allow(program, SystemCall.faccessat);
        Allow(program, SystemCall.rt_sigreturn);
        Allow(program, SystemCall.restart_syscall);
        Allow(program, SystemCall.exit_group);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Allow(sock_fprog* program, SystemCall number)
    {
        Emit(program, JumpIfEqual, 0, 1, (uint)number);
        Emit(program, Return, 0, 0, SECCOMP_RET_ALLOW);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Emit(sock_fprog* program, ushort code, byte ifTrue, byte ifFalse, uint value)
    {
        sock_filter* instruction = &program->filter[program->len++];
        instruction->code = code;
        instruction->jt = ifTrue;
        instruction->jf = ifFalse;
        instruction->k = value;
    }
}
