using ContainerPS.Native.Namespaces;
using ContainerPS.Native.Seccomp;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>
/// An OCI spec to a plan. Pure: what it must know of the host comes in as facts, what it decides goes out as operations; golden files hold
/// its results.
/// </summary>
/// <remarks>
/// <code>
///   parent (shim)                                 child (the container's first process)
///   lock, FIFOs, joined pid namespace
///   clone ────────────────────────────────────▶   wait for the cgroup, join it, unshare its namespace
///   close what only the child needs               session, streams; id maps ◀──▶ (user namespace only)
///   maps, createRuntime hooks ◀──▶                joined namespaces, hostname, loopback
///   await exec | report "created"                 root, mounts, devices, masks, hooks, pivot
///   poststart hooks                               limits, capabilities, user, working directory, seccomp
///   monitor | end                                 (exec FIFO) execve
/// </code>
/// </remarks>
internal static class ContainerPlanner
{
    public static PlanBuilder Plan(
        LaunchRequest request,
        PlannerFacts facts,
        CgroupEntry cgroup,
        HandedOver handedOver,
        SeccompFilter? filter
    )
    {
        ProcessSteps.Validate(request.Spec.Process);
        var plan = new PlanBuilder(request.Monitor is null ? PlanMode.Runtime : PlanMode.Service, facts.ShowsPlans);
        var container = new ContainerPlan(plan, request, facts, cgroup, handedOver);
        NamespaceSteps.Validate(container);
        PlanMonitorSettings? monitor = request.Monitor is { } settings
            ? MonitorSteps.Open(plan, settings, request.Stdio.OpenStdin && handedOver.Stdin is null)
            : null;
        PlanValue? unified = BeforeClone(container);
        (PlanValue pid, PlanValue pidfd) = container.Parent.Clone(
            "cloning the container's first process",
            PlanTrackName.Child,
            NamespaceSet.Flags(plan, NamespaceSteps.CloneFlags(container)),
            unified
        );
        WriteChild(container, filter);
        WriteParent(container, pid, monitor is null);
        SharedMemorySteps.Write(container);
        if (monitor is not null)
        {
            plan.Monitor = FinishMonitor(container, monitor, pid, pidfd, unified);
        }

        return plan;
    }

    private static PlanValue? BeforeClone(ContainerPlan container)
    {
        CgroupSteps.AwaitGo(container, container.Parent, unified: true);
        PlanValue? unified = CgroupSteps.OpenUnified(container);
        NamespaceSteps.BeforeClone(container);
        return unified;
    }

    private static void WriteChild(ContainerPlan container, SeccompFilter? filter)
    {
        (PlanBuilder? plan, PlanTrack? child) = (container.Plan, container.Child);
        // Files of the host are opened as who the starter is; in a new user namespace that ends with the next step.
        ProcessSteps.WriteHostFiles(child, container.Process, container.Facts.OomScoreAdjust);
        var modules = new SecurityModuleSteps(plan, container.Process, container.Facts);
        CgroupSteps.AwaitGo(container, child, unified: false);
        CgroupSteps.Join(child, container.Cgroup);
        CgroupSteps.UnshareNamespace(container);
        ProcessSteps.NewSession(plan, container.Request.ContainerId, modules);
        StdioSteps.Preserve(plan, container.Request.PreservedDescriptors);
        StdioSteps.Write(container);
        PlanValue? fifo = OpenExecFifo(container);
        NamespaceSteps.BecomeRootOfUserNamespace(container);
        NamespaceSteps.Join(container);
        NamespaceSteps.NameAndNetwork(container);
        WriteFileSystems(container);
        ProcessSteps.WriteLimits(plan, container.Process);
        SchedulingSteps.WritePersonality(plan, container.Linux.Personality);
        modules.Choose();
        CredentialSteps.Write(plan, container.Process, filter, container.Facts.LastCapability);
        if (fifo is { } waiting)
        {
            AwaitStart(container, waiting);
        }

        HookSteps.StartContainer(container);
        ProcessSteps.Execute(plan, container.Process, container.Process.Env ?? []);
    }

    private static void WriteFileSystems(ContainerPlan container)
    {
        PlanTrack child = container.Child;
        RootFsSteps.Isolate(container);
        RootFsSteps.Attach(container);
        MountSteps.Write(container);
        SysctlSteps.WriteWithoutProc(container);
        DeviceSteps.Write(container);
        HookSteps.AwaitInChild(container);
        HookSteps.CreateContainer(container);
        PlanValue? directory = OpenWorkingDirectory(container);
        MaskSteps.Write(container);
        RootFsSteps.Enter(container);
        RootFsSteps.Finish(container);
        foreach (PlanValue own in container.OwnMounts.Values)
        {
            child.Close(own);
        }

        child.Close(container.Root);
        ProcessSteps.EnterWorkingDirectory(child, directory, container.Process.Cwd!);
    }

    /// <summary>Made when it is missing, as Docker and runc do; for `/` there is nothing to open, the pivot ends there.</summary>
    private static PlanValue? OpenWorkingDirectory(ContainerPlan container)
    {
        string path = ContainerPath.Clean(container.Process.Cwd!);
        return path == "/"
            ? null
            : container.Child.Resolve(
                $"making the working directory {path}",
                container.Root,
                container.Plan.Utf8(path),
                PlanMake.Directory,
                openFlags: O_PATH | O_DIRECTORY
            );
    }

    /// <summary>
    /// Held O_RDWR: a read then waits for a byte even while nobody has the FIFO open for writing, and `start` may open it without waiting.
    /// </summary>
    private static PlanValue? OpenExecFifo(ContainerPlan container) =>
        container.Request.ExecFifoPath is { } path
            ? container.Child.Open("opening the exec FIFO", PlanValue.CurrentDirectory, container.Plan.Utf8(path), O_RDWR)
            : null;

    private static void AwaitStart(ContainerPlan container, PlanValue fifo)
    {
        const int created = 5;
        PlanTrack child = container.Child;
        ProcessSteps.CheckCommand(container.Plan, container.Process);
        child.Signal("the container is created", created);
        CgroupSteps.AwaitKeep(container);
        child.Call("waiting for start", SystemCall.read, [fifo, container.Plan.Reserve(8, "start byte"), 1]);
        child.Close(fifo);
    }

    private static void WriteParent(ContainerPlan container, PlanValue pid, bool isRuntime)
    {
        PlanTrack parent = container.Parent;
        NamespaceSteps.WriteMaps(container, pid);
        HookSteps.RunInParent(container, pid);
        if (isRuntime && container.Request.ExecFifoPath is not null)
        {
            parent.Wait("waiting for the container to be created", 5);
            parent.ReportCreated("reporting the container as created");
            return;
        }

        parent.AwaitExec("waiting for the container's execve and recording it");
        HookSteps.Poststart(container, pid);
    }

    private static PlanMonitorSettings FinishMonitor(
        ContainerPlan container,
        PlanMonitorSettings monitor,
        PlanValue pid,
        PlanValue pidfd,
        PlanValue? unified
    )
    {
        (PlanBuilder? plan, HandedOverSlots? handedOver) = (container.Plan, container.HandedOver);
        if (unified is { } cgroup)
        {
            container.Parent.Call("closing the cgroup", SystemCall.close, [cgroup]);
        }

        if (container.HandedOver.Go is { } go)
        {
            container.Parent.Call("closing the socket of the preparations", SystemCall.close, [go]);
        }

        if (handedOver.Stdin is { } stdin)
        {
            // The container must be the only reader: when it is gone the writer is to know.
            container.Parent.Call("closing the pipe of stdin", SystemCall.close, [stdin]);
        }

        HookSteps.Poststop(container);
        if (plan.Exit.Count > 0)
        {
            monitor = monitor with { Flags = monitor.Flags | PlanMonitorFlags.RunExitTrack };
        }

        MonitorSteps.LeaveStartersGroup(plan, container.Request.Monitor?.Group);
        return MonitorSteps.WithCgroup(monitor, container.Cgroup) with
        {
            Pid = pid,
            Pidfd = pidfd,
            AttachedStdout = handedOver.AttachedStdout,
            AttachedStderr = handedOver.AttachedStderr,
            StarterPidfd = handedOver.StarterPidfd,
        };
    }
}
