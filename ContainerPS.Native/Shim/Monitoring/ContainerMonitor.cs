using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Operations;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim.Monitoring;

/// <summary>
/// What stays with a container for its life. Who: a process of its own session with the engine's rights, in the host's namespaces. One
/// thread, one loop, memory that does not grow with output, clients or time.
/// </summary>
/// <remarks>
/// <code>
///   ppoll ──▶ child signal / pidfd   the container ended ─▶ end what it left ─▶ drain ─▶ remove its cgroup ─▶ record ─▶ tell ─▶ clean up
///         ──▶ stdout, stderr FIFOs   peek ─▶ log ─▶ consume ─▶ attached starter
///         ──▶ attached pipes         ready again, or their reader is gone
///         ──▶ status socket          'A' (the starter cleans up itself), or its end
///         ──▶ starter's pidfd        Lifetime Session: the starter died ─▶ kill
/// </code>
/// </remarks>
internal static unsafe partial class ContainerMonitor
{
    private const int ExitAt = 0;
    private const int StatusAt = 1;
    private const int StarterAt = 2;
    private const int StdoutAt = 3;
    private const int StderrAt = 4;
    private const int AttachedStdoutAt = 5;
    private const int AttachedStderrAt = 6;
    private const int WatchedCount = 7;

    /// <summary>How long the buffers wait for more output before they are given back.</summary>
    private const long IdleMilliseconds = 1000;

    /// <summary>
    /// What a monitor does for itself alone waits so long: until then it would compete with a container that begins, and most of those that
    /// end soon have ended.
    /// </summary>
    private const long SettleMilliseconds = 5;

    private static long _settlesAt;
    private static bool _isSettled;
    private static int _signals;
    private static bool _isParent;
    private static ExitStatus _exit;
    private static bool _hasExited;

    public static void Run()
    {
        _isParent = true;
        Begin();
        WatchChildren();
        Work();
    }

    /// <summary>The monitor of a process that is not a child: its end shows on the pidfd.</summary>
    public static void RunAdopted()
    {
        _isParent = false;
        Begin();
        OomCounter.Remember();
        Outputs.Recover();
        Work();
    }

    private static void Begin()
    {
        Detachment.Complete();
        Outputs.Begin();
    }

    private static void Work()
    {
        _settlesAt = Sys.MonotonicMilliseconds() + (_isParent ? SettleMilliseconds : 0);
        ReapIfParent();
        while (!_hasExited)
        {
            Step();
        }

        ContainerEnd.Run(ref _exit, _isParent);
    }

    /// <summary>Once: out of the starter's cgroup, small, and with nothing allowed but what a monitor does.</summary>
    private static void Settle()
    {
        _isSettled = true;
        Interpreter.RunThrough(PlanTrackName.Settle);
        MonitorPlan.Compact();
        OnExitProcess.Make();
        MonitorFilter.Apply();
        Memory.GiveBackStack();
    }

    /// <summary>Blocked only now: a mask is inherited by the container's process.</summary>
    private static void WatchChildren()
    {
        ulong mask = 1ul << (SIGCHLD - 1);
        Sys.Call(SystemCall.rt_sigprocmask, SIG_BLOCK, (long)&mask, 0, 8);
        _signals = (int)Sys.Call(SystemCall.signalfd4, -1, (long)&mask, 8, O_CLOEXEC | O_NONBLOCK);
    }

    private static void Step()
    {
        pollfd* watched = stackalloc pollfd[WatchedCount];
        Watch(watched);
        long ready = Sys.Poll(watched, WatchedCount, Patience());
        if (ready == 0 && _isSettled)
        {
            Outputs.GiveBack();
        }

        if (ready <= 0)
        {
            return;
        }

        ServeOutputs(watched);
        if (watched[StatusAt].revents != 0)
        {
            Starter.Listen();
        }

        if (watched[StarterAt].revents != 0)
        {
            EndWithStarter();
        }

        if (watched[ExitAt].revents != 0)
        {
            TakeExit();
        }
    }

    /// <summary>Until there is something to do without being asked; -1 for never.</summary>
    private static long Patience()
    {
        if (!_isSettled)
        {
            long left = _settlesAt - Sys.MonotonicMilliseconds();
            if (left > 0)
            {
                return left;
            }

            Settle();
        }

        return Outputs.IsTouched && !Outputs.IsHeldUp ? IdleMilliseconds : -1;
    }

    private static void Watch(pollfd* watched)
    {
        Set(&watched[ExitAt], _isParent ? _signals : ContainerProcess.Pidfd, POLLIN);
        Set(&watched[StatusAt], Starter.IsThere ? StatusSocket.Descriptor : -1, POLLIN);
        Set(&watched[StarterAt], starterIsWatched ? (int)PlanBlock.Held(PlanBlock.Monitor->StarterPidfdSlot) : -1, POLLIN);
        Set(&watched[StdoutAt], Outputs.Stdout.IsReadable ? Outputs.Stdout.Fifo : -1, POLLIN);
        Set(&watched[StderrAt], Outputs.Stderr.IsReadable ? Outputs.Stderr.Fifo : -1, POLLIN);

        // Without POLLOUT the kernel still reports POLLERR: the reader is gone.
        Set(&watched[AttachedStdoutAt], Outputs.Stdout.Attached, Outputs.Stdout.IsHeldUp ? POLLOUT : 0);
        Set(&watched[AttachedStderrAt], Outputs.Stderr.Attached, Outputs.Stderr.IsHeldUp ? POLLOUT : 0);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void Set(pollfd* entry, int descriptor, int events)
    {
        entry->fd = descriptor;
        entry->events = (short)events;
        entry->revents = 0;
    }

    private static void ServeOutputs(pollfd* watched)
    {
        if ((watched[AttachedStdoutAt].revents & POLLERR) != 0)
        {
            Outputs.Stdout.Detach();
        }

        if ((watched[AttachedStderrAt].revents & POLLERR) != 0)
        {
            Outputs.Stderr.Detach();
        }

        int any =
            (ushort)watched[StdoutAt].revents
            | (ushort)watched[StderrAt].revents
            | (ushort)watched[AttachedStdoutAt].revents
            | (ushort)watched[AttachedStderrAt].revents;
        if (any != 0)
        {
            Outputs.Pump();
        }
    }

    private static void TakeExit()
    {
        if (_isParent)
        {
            byte* discarded = stackalloc byte[128];
            Sys.Read(_signals, discarded, 128);
            ReapIfParent();
        }
        else
        {
            Adoption.TakeExit(ref _exit);
            _hasExited = true;
        }
    }

    /// <summary>
    /// One signal can stand for many children: all that are there are reaped, the container's orphans (we are their subreaper) as well as
    /// its init.
    /// </summary>
    private static void ReapIfParent()
    {
        if (!_isParent)
        {
            return;
        }

        siginfo info;
        while (true)
        {
            info.si_pid = 0;
            long result = Sys.Call(SystemCall.waitid, P_ALL, 0, (long)&info, WEXITED | WNOHANG | __WALL);
            if (result < 0 || info.si_pid == 0)
            {
                return;
            }

            if (info.si_pid != ContainerProcess.Pid)
            {
                continue;
            }

            fixed (ExitStatus* status = &_exit)
            {
                ContainerProcess.Decode(&info, status);
            }

            _exit.AtNanoseconds = Sys.RealTime();
            _hasExited = true;
        }
    }
}
