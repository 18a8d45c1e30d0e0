using ContainerPS.Native.Namespaces;
using ContainerPS.Native.Seccomp;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>
/// One more process in a running container: a pidfd of its init names all namespaces at once (setns, Linux 5.8). The pid namespace is
/// joined before the clone, because it takes effect for children only; the rest in the child, after the cgroup, whose files lie on the
/// host. The shim is not dumpable from its first instruction: no process of the container can trace it or reach its descriptors
/// (CVE-2016-9962). Detached, it ends and leaves the process to the caller's subreaper.
/// </summary>
internal static class ExecPlanner
{
    public static PlanBuilder Plan(
        ExecRequest request,
        PlannerFacts facts,
        CgroupEntry cgroup,
        HandedOver handedOver,
        SeccompFilter? filter
    )
    {
        ProcessSteps.Validate(request.Process);
        var plan = new PlanBuilder(request.Detach ? PlanMode.Runtime : PlanMode.Exec, facts.ShowsPlans);
        var set = NamespaceSet.Of(request.Spec);
        ulong namespaces = set.All;
        var slots = new HandedOverSlots(plan, handedOver);
        PlanValue container = slots.Container ?? throw new ArgumentException("An exec needs the container's pidfd.", nameof(handedOver));
        PlanValue? unified = OpenUnified(plan, cgroup);
        JoinForChildren(plan, container, namespaces);
        plan.Parent.Clone("cloning the process", PlanTrackName.Child, 0, unified);
        plan.Parent.AwaitExec("waiting for the process's execve");
        WriteChild(plan, request, facts, cgroup, slots, container, namespaces);
        CredentialSteps.Write(plan, request.Process, filter, facts.LastCapability);
        ProcessSteps.Execute(plan, request.Process, request.Process.Env ?? []);
        SharedMemorySteps.Write(plan, set, request.Spec, request.Process, facts);
        return plan;
    }

    private static PlanValue? OpenUnified(PlanBuilder plan, CgroupEntry cgroup) =>
        cgroup.V2Directory is { } directory
            ? plan.Parent.Open($"opening the cgroup {directory}", PlanValue.CurrentDirectory, plan.Utf8(directory), O_PATH | O_DIRECTORY)
            : null;

    private static void JoinForChildren(PlanBuilder plan, PlanValue container, ulong namespaces)
    {
        if ((namespaces & NamespaceType.Pid.CloneFlag) != 0)
        {
            plan.Parent.Call(
                "joining the container's pid namespace",
                SystemCall.setns,
                [container, PlanValue.Constant(CLONE_NEWPID, "CLONE_NEWPID")]
            );
        }
    }

    private static void WriteChild(
        PlanBuilder plan,
        ExecRequest request,
        PlannerFacts facts,
        CgroupEntry cgroup,
        HandedOverSlots handedOver,
        PlanValue container,
        ulong namespaces
    )
    {
        PlanTrack child = plan.Child;
        ProcessSteps.WriteHostFiles(
            child,
            request.Process with
            {
                OomScoreAdj = request.Process.OomScoreAdj ?? request.Spec.Process?.OomScoreAdj,
            },
            facts.OomScoreAdjust
        );
        var modules = new SecurityModuleSteps(plan, request.Process, facts);
        CgroupSteps.Join(child, cgroup);
        ProcessSteps.NewSession(plan, request.ContainerId, modules);
        StdioSteps.Preserve(plan, request.PreservedDescriptors);
        StdioSteps.WriteHandedOver(plan, handedOver);
        Join(plan, container, namespaces);
        ProcessSteps.WriteLimits(plan, request.Process);
        SchedulingSteps.WritePersonality(plan, request.Spec.Linux?.Personality);
        string cwd = request.Process.Cwd!;
        child.Call($"entering the working directory {cwd}", SystemCall.chdir, [plan.Utf8(cwd)]);
        ProcessSteps.EnterWorkingDirectory(child, null, cwd);
        modules.Choose();
    }

    /// <summary>Joining the mount namespace also moves root and working directory to its root (man 2 setns).</summary>
    private static void Join(PlanBuilder plan, PlanValue container, ulong namespaces)
    {
        ulong user = namespaces & NamespaceType.User.CloneFlag;
        ulong others = namespaces & ~NamespaceType.Pid.CloneFlag & ~user & ~NamespaceType.Time.CloneFlag;
        if (user != 0)
        {
            plan.Child.Call("joining the container's user namespace", SystemCall.setns, [container, NamespaceSet.Flags(plan, user)]);
        }

        plan.Child.Call("joining the container's namespaces", SystemCall.setns, [container, NamespaceSet.Flags(plan, others)]);
        if (user != 0)
        {
            plan.Child.Call("becoming group 0 of the user namespace", SystemCall.setresgid, [0, 0, 0]);
            plan.Child.Call("becoming user 0 of the user namespace", SystemCall.setresuid, [0, 0, 0]);
        }
    }
}
