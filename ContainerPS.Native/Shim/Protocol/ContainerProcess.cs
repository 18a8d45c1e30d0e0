using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Monitoring;

namespace ContainerPS.Native.Shim.Protocol;

/// <summary>The first process of the container (or of an exec) as its parent sees it.</summary>
internal static unsafe class ContainerProcess
{
    /// <summary>0 until there is one.</summary>
    public static int Pid;
    public static int Pidfd;
    public static long StartTicks;

    private static bool _hasSharedMemory;
    private static int _parentsEnd;
    private static int _childsEnd;

    /// <summary>
    /// Makes the child. Returns its pid in the parent, and in the child never: the child runs its track to the exec or to its end.
    /// </summary>
    public static long Clone(PlanOperation* operation, ulong flags, long cgroup)
    {
        // One container, one channel: a second Clone of the Child track is a broken plan.
        if (Pid != 0 || Channel.Descriptor != 0)
        {
            return -EPROTO;
        }

        // Two ends of one socket instead of two pipes: one call less, and a barrier works in both directions.
        int* pair = stackalloc int[2];
        long opened = Channel.Open(pair);
        if (opened < 0)
        {
            return opened;
        }

        long lent = ReadyNetwork.Lend(&flags);
        if (lent < 0)
        {
            return lent;
        }

        // Before there is anybody to be killed: a process that runs out of memory right behind its exec is dead before the monitor's work
        // begins.
        OomCounter.Remember();

        _parentsEnd = pair[0];
        _childsEnd = pair[1];

        // The pidfd comes with the clone. Opening one by pid later would race with the child's end, and in a shared pid namespace with the
        // next owner of the pid.
        int pidfd = -1;
        long pid = operation->C == (long)PlanCloneMemory.Shared ? CloneIntoSharedMemory(flags, cgroup, &pidfd) : -ENOTSUP;

        // Sharing is a matter of time only: who refuses it (a sandbox, another kernel) may allow the copy, and if not says why once more.
        if (pid < 0)
        {
            pid = CloneProcess(flags, cgroup, &pidfd);
        }

        if (pid == 0)
        {
            BeginChild();
        }

        // Ours of the child's end as well: AwaitExec waits for the moment when nobody holds it any more.
        Sys.Close(_childsEnd);
        if (pid < 0)
        {
            Sys.Close(_parentsEnd);
            return pid;
        }

        Channel.Descriptor = _parentsEnd;
        Pid = (int)pid;
        Pidfd = pidfd;
        StoreDescriptor(operation, pidfd);
        lent = ReadyNetwork.GoHome();
        return lent < 0 ? lent : pid;
    }

    /// <summary>
    /// Who: the container's process to be. Where: still in the host's root, already in the new namespaces. Rights: the starter's. In shared
    /// memory: everything that is written here the parent has kept (<see cref="ParentView"/>) or sets itself.
    /// </summary>
    private static void BeginChild()
    {
        // Its copy of the parent's end goes first: as long as it holds that, it would never see the end of a dead parent.
        Sys.Close(_parentsEnd);
        ReadyNetwork.Leave();
        Channel.Descriptor = _childsEnd;
        ChildSide.Run();
    }

    /// <summary>
    /// Tells the parent of a container when it began: the file that says so waits for the end of an exec (6.18), and behind that on one
    /// processor for what was executed.
    /// </summary>
    private static void BeginSharingChild()
    {
        if (PlanBlock.Header->Mode == PlanMode.Service && ProcessStatus.TryRead(0, out ProcessStatus.Fields fields))
        {
            StartTicks = fields.StartTicks;
        }

        BeginChild();
    }

    /// <summary>Returns, in the parent only, when the child has executed or is dead.</summary>
    private static long CloneIntoSharedMemory(ulong flags, long cgroup, int* pidfd)
    {
        clone_args arguments;
        Describe(&arguments, flags, cgroup, pidfd);
        ParentView view;
        ParentView.Save(&view);
        long pid = SharedMemoryClone.Run(&arguments, &BeginSharingChild);
        ParentView.Restore(&view);
        _hasSharedMemory = pid > 0;
        return pid;
    }

    /// <summary>clone3 (Linux 5.3) with a pidfd; clone(2) where a sandbox around us answers ENOSYS for what it cannot look into.</summary>
    public static long CloneProcess(ulong flags, long cgroup, int* pidfd)
    {
        clone_args arguments;
        Describe(&arguments, flags, cgroup, pidfd);
        long pid = Sys.Call(SystemCall.clone3, (long)&arguments, sizeof(clone_args));
        // Docker's seccomp profile of old answers ENOSYS, because a filter cannot read a structure behind a pointer.
        const int ENOSYS = 38;
        if (pid == -ENOSYS && cgroup < 0)
        {
            pid = Sys.Call(SystemCall.clone, (long)(flags | CLONE_PIDFD | SIGCHLD), 0, (long)pidfd);
        }

        return pid;
    }

    private static void Describe(clone_args* arguments, ulong flags, long cgroup, int* pidfd)
    {
        Memory.Clear(arguments, sizeof(clone_args));
        arguments->flags = flags | CLONE_PIDFD;
        arguments->pidfd = (ulong)pidfd;
        arguments->exit_signal = SIGCHLD;
        if (cgroup < 0)
        {
            return;
        }

        // v2: born in its cgroup (Linux 5.7), so that not one page is charged to the starter's and no migration has to wait for a grace
        // period.
        arguments->flags |= CLONE_INTO_CGROUP;
        arguments->cgroup = (ulong)cgroup;
    }

    public static void StoreDescriptor(PlanOperation* operation, int pidfd)
    {
        if (operation->Aux != PlanFormat.NoSlot)
        {
            PlanBlock.Slots[operation->Aux] = pidfd;
        }
    }

    /// <summary>
    /// Waits until the child has executed. The order matters: the socket's end comes first in both cases (exec closes it, and so does a
    /// dying process, before it is a zombie), then the flags of the process tell which of the two it was; a zombie keeps them until it is
    /// reaped. A process that has memory behind the socket's end has executed, for a dying one gives its memory back before its files
    /// (do_exit in kernel/exit.c).
    /// </summary>
    public static long AwaitExec()
    {
        // Beside a child that works this costs nothing; behind one that has executed the starter would wait for it.
        if (_hasSharedMemory)
        {
            Detachment.Identify();
        }
        else
        {
            Detachment.Complete();
        }

        switch (Channel.Next())
        {
            case Channel.Answer.Failed:
                return Outcome.ChildFailed;
            case Channel.Answer.Reached:
                return -EPROTO;
            default:
                break;
        }

        Sys.Close(Channel.Descriptor);

        // Not for an exec: its start is told when its program leaves the processor, and of a short one the end with it, which wakes the
        // starter once instead of twice.
        if (StartTicks > 0 && ProcessStatus.HasMemory(Pid))
        {
            return 0;
        }

        while (true)
        {
            // The pid is ours until we reap it: it cannot have become another process's meanwhile. One read gives the proof and the start
            // time both.
            if (!ProcessStatus.TryRead(Pid, out ProcessStatus.Fields fields))
            {
                return -ESRCH;
            }

            StartTicks = fields.StartTicks;
            if ((fields.Flags & PF_FORKNOEXEC) == 0)
            {
                return 0;
            }

            if (fields.IsDead)
            {
                return Outcome.ChildGone;
            }

            // On its way to either (seen on 6.1: the socket's end before the flag's).
            Sys.Sleep(1);
        }
    }

    /// <summary>Takes the exit status of the child, waiting for it; the zombie is gone afterwards.</summary>
    public static long Reap(ExitStatus* exit)
    {
        siginfo info;
        long result;

        // __WALL: a child cloned with another exit signal than SIGCHLD is not waited for otherwise (man 2 wait).
        do
        {
            result = Sys.Call(SystemCall.waitid, P_PID, Pid, (long)&info, WEXITED | __WALL);
        } while (result == -EINTR);
        exit->OomKilled = false;
        exit->AtNanoseconds = Sys.RealTime();
        Decode(&info, exit);
        return result;
    }

    /// <summary>Shells add 128 to a signal; both are told, so that no reader has to guess which of the two 137 was.</summary>
    public static void Decode(siginfo* info, ExitStatus* exit)
    {
        bool exited = info->si_code == CLD_EXITED;
        exit->Signal = exited ? 0 : info->si_status;
        exit->Code = exited ? info->si_status : 128 + info->si_status;
    }

    public static void Kill()
    {
        // kill(0) is our own process group and kill(-1) the whole host.
        if (Pid > 0)
        {
            Sys.Call(SystemCall.kill, Pid, SIGKILL);
        }
    }
}
