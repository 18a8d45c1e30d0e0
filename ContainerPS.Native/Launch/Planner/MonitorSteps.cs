using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Namespaces;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>What the monitor holds open, and its section of the plan.</summary>
internal static class MonitorSteps
{
    /// <summary>
    /// Before the clone: the lock says that a monitor lives from before there is anything to watch; the child's copy of it is closed by its
    /// execve.
    /// </summary>
    public static PlanMonitorSettings Open(PlanBuilder plan, MonitorSettings monitor, bool openStdin)
    {
        PlanTrack parent = plan.Parent;
        PlanValue? keep = openStdin ? Fifo(plan, monitor, StdioSteps.StdinName, O_RDWR | O_NONBLOCK) : (PlanValue?)null;
        return new PlanMonitorSettings
        {
            Pid = PlanValue.None,
            Pidfd = PlanValue.None,
            Run = (uint)monitor.Run,
            Flags = Flags(monitor),
            Stdout = Fifo(plan, monitor, StdioSteps.StdoutName, O_RDONLY | O_NONBLOCK),
            Stderr = Fifo(plan, monitor, StdioSteps.StderrName, O_RDONLY | O_NONBLOCK),
            Keep = keep,
            Lock = Lock(plan, parent, monitor),
            LogDirectory = monitor.LogDirectory,
            LogMaxSize = monitor.LogMaxSize,
            LogMaxFiles = monitor.LogMaxFiles,
            StatePath = $"{monitor.RunDirectory}/state",
            ExitsPath = $"{monitor.DurableDirectory}/exits",
            RecentExitPath = monitor.RecentExitPath,
            EventsPath = monitor.Events?.Directory,
            EventMembers = monitor.Events?.Actor,
            EventSegmentSize = monitor.Events?.SegmentSize ?? EventFormat.SegmentSize,
            OnExitProgram = OnExitProgram(plan, monitor),
            OnExitCommand = monitor.OnExitCommand,
            OnExitEnvironment = monitor.OnExitEnvironment,
        };
    }

    /// <summary>
    /// When the container has run for a moment, so that no start waits for it; whatever fails, the container is to be watched all the same.
    /// </summary>
    public static void LeaveStartersGroup(PlanBuilder plan, MonitorGroup? group)
    {
        if (group is null)
        {
            return;
        }

        if (group.Directory is { } directory)
        {
            plan.Settle.Call(
                $"making the cgroup {directory}",
                SystemCall.mkdirat,
                [PlanValue.CurrentDirectory, plan.Utf8(directory), PlanValue.Constant(Modes.Mode0755, "0755")],
                accept: PlanFormat.AnyErrno
            );
        }

        foreach (string file in group.JoinFiles)
        {
            plan.Settle.WriteFile($"joining the cgroup by {file}", PlanValue.CurrentDirectory, file, "0", accept: PlanFormat.AnyErrno);
        }
    }

    /// <summary>
    /// What the monitor does with the container's cgroup at the end of the run, and how it learns that the kernel killed for memory.
    /// </summary>
    public static PlanMonitorSettings WithCgroup(PlanMonitorSettings monitor, CgroupEntry cgroup)
    {
        bool removes = (monitor.Flags & PlanMonitorFlags.RemoveCgroup) != 0;
        return monitor with
        {
            CgroupDirectories = removes ? cgroup.Directories : [.. cgroup.Directories.Take(1)],
            OomPath = cgroup.OomPath,
            OomKey = cgroup.OomPath is null ? null : "oom_kill",
            Flags = monitor.Flags | (cgroup.OomPath is null ? 0 : PlanMonitorFlags.WatchOom),
        };
    }

    /// <summary>A program that is not there is no reason not to start: the failed clean-up is noted at the exit.</summary>
    private static PlanValue? OnExitProgram(PlanBuilder plan, MonitorSettings monitor) =>
        monitor.OnExitCommand is { } command
            ? plan.Parent.Open(
                $"opening the on-exit program {command[0]}",
                PlanValue.CurrentDirectory,
                plan.Utf8(command[0]),
                O_PATH,
                accept: PlanFormat.AnyErrno
            )
            : null;

    private static PlanValue Lock(PlanBuilder plan, PlanTrack parent, MonitorSettings monitor)
    {
        const int exclusiveNow = 2 | 4;
        PlanValue held = parent.Open(
            "opening the monitor's lock",
            PlanValue.CurrentDirectory,
            plan.Utf8($"{monitor.RunDirectory}/monitor.lock"),
            O_RDWR | O_CREAT,
            Modes.Mode0600
        );
        // The monitor of the run before says "exited" a moment before it lets go.
        parent.CallWhileBusy(
            "taking the monitor's lock",
            SystemCall.flock,
            [held, PlanValue.Constant(exclusiveNow, "LOCK_EX|LOCK_NB")],
            attempts: 20
        );
        return held;
    }

    private static PlanValue Fifo(PlanBuilder plan, MonitorSettings monitor, string name, int flags) =>
        plan.Parent.Open($"opening the FIFO of {name}", PlanValue.CurrentDirectory, plan.Utf8($"{monitor.RunDirectory}/{name}"), flags);

    private static PlanMonitorFlags Flags(MonitorSettings monitor) =>
        (monitor.RecordExitDurably ? PlanMonitorFlags.RecordDurably : 0)
        | (monitor.EndWithStarter ? PlanMonitorFlags.EndWithStarter : 0)
        | (monitor.RemoveCgroup ? PlanMonitorFlags.RemoveCgroup : 0);
}
