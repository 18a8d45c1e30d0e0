using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>A monitor for a container that lost its own: the same files, the same lock, no clone.</summary>
internal static class AdoptPlanner
{
    public static PlanBuilder Plan(AdoptRequest request, FileDescriptor pidfd, bool openStdin, FileDescriptor? starter, CgroupEntry cgroup)
    {
        var plan = new PlanBuilder(PlanMode.Adopt);
        PlanMonitorSettings monitor = MonitorSteps.WithCgroup(MonitorSteps.Open(plan, request.Monitor, openStdin), cgroup);
        MonitorSteps.LeaveStartersGroup(plan, request.Monitor.Group);
        plan.Monitor = monitor with
        {
            Pid = plan.Slot(request.Pid, "pid"),
            Pidfd = plan.Inherit(pidfd.Number, "container"),
            StartTicks = request.StartTicks,
            StarterPidfd = starter is null ? null : plan.Inherit(starter.Number, "starter"),
        };
        return plan;
    }
}
