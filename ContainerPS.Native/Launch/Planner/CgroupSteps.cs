using ContainerPS.Native.Namespaces;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>Into the container's cgroup, before anything is done that it should account for.</summary>
internal static class CgroupSteps
{
    private const int Ecanceled = 125,
        Enoent = 2;

    /// <summary>
    /// The starter makes the cgroup while the shim starts and then writes one byte. Where the child is cloned into the cgroup the parent
    /// waits, else the child, whose namespaces are made meanwhile. The end of file means that the starter gave up: it knows why.
    /// </summary>
    public static void AwaitGo(ContainerPlan container, PlanTrack track, bool unified)
    {
        if (container.HandedOver.Go is not { } go || unified != (container.Cgroup.V2Directory is not null))
        {
            return;
        }

        PlanValue count = track.CallInto("waiting for the cgroup", SystemCall.read, [go, container.Plan.Reserve(8, "go byte"), 1]);
        track.Expect("waiting for the cgroup", count, PlanComparison.Equal, 1, Ecanceled);
        track.Release(count);
    }

    /// <summary>
    /// OCI create: over the same socket comes a second byte when the starter has recorded the container. The end of file means that it died
    /// before: nobody knows of this process, and it ends.
    /// </summary>
    public static void AwaitKeep(ContainerPlan container)
    {
        if (container.HandedOver.Go is not { } go)
        {
            return;
        }

        PlanTrack child = container.Child;
        PlanValue count = child.CallInto("waiting to be recorded", SystemCall.read, [go, container.Plan.Reserve(8, "keep byte"), 1]);
        child.Expect("waiting to be recorded", count, PlanComparison.Equal, 1, Ecanceled);
        child.Release(count);
        child.Close(go);
    }

    public static PlanValue? OpenUnified(ContainerPlan container) =>
        container.Cgroup.V2Directory is { } directory
            ? container.Parent.Open(
                $"opening the cgroup {directory}",
                PlanValue.CurrentDirectory,
                container.Plan.Utf8(directory),
                O_PATH | O_DIRECTORY
            )
            : null;

    public static void Join(PlanTrack child, CgroupEntry cgroup)
    {
        foreach (string file in cgroup.JoinFiles)
        {
            child.WriteFile(
                $"joining the cgroup by {file}",
                PlanValue.CurrentDirectory,
                file,
                "0",
                accept: cgroup.MayBeMissing ? Enoent : 0
            );
        }
    }

    public static void UnshareNamespace(ContainerPlan container)
    {
        if (container.Cgroup.V2Directory is null && container.Namespaces.MakesNew(NamespaceType.Cgroup))
        {
            container.Child.Call("making a cgroup namespace", SystemCall.unshare, [PlanValue.Constant(CLONE_NEWCGROUP, "CLONE_NEWCGROUP")]);
        }
    }
}
