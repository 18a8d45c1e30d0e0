using System.Text.Json;
using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>
/// Hooks (config.md "POSIX-platform Hooks"), each with the container's state on its standard input. createRuntime and prestart run in the
/// parent, in the runtime's namespaces, once the child has made its mounts; createContainer and startContainer in the child, before and
/// after the pivot; poststart in the parent.
/// </summary>
internal static class HookSteps
{
    public static bool ParentRunsSome(ContainerPlan container) => Prestart(container).Count > 0;

    public static void AwaitInChild(ContainerPlan container)
    {
        if (ParentRunsSome(container))
        {
            container.Child.Signal("the mounts are made", Barrier.MountsMade);
            container.Child.Wait("waiting for the createRuntime hooks", Barrier.HooksRun);
        }
    }

    public static void RunInParent(ContainerPlan container, PlanValue pid)
    {
        if (ParentRunsSome(container))
        {
            container.Parent.Wait("waiting for the container's mounts", Barrier.MountsMade);
            Run(container, container.Parent, "createRuntime", Prestart(container), "creating", pid);
            container.Parent.Signal("the createRuntime hooks have run", Barrier.HooksRun);
        }
    }

    public static void CreateContainer(ContainerPlan container) =>
        RunInChild(container, "createContainer", container.Spec.Hooks?.CreateContainer, "creating");

    public static void StartContainer(ContainerPlan container) =>
        RunInChild(container, "startContainer", container.Spec.Hooks?.StartContainer, "created");

    public static void Poststart(ContainerPlan container, PlanValue pid) =>
        Run(container, container.Parent, "poststart", container.Spec.Hooks?.Poststart ?? [], "running", pid);

    public static void Poststop(ContainerPlan container) =>
        Run(container, container.Plan.Exit, "poststop", container.Spec.Hooks?.Poststop ?? [], "stopped", 0);

    private static IReadOnlyList<Hook> Prestart(ContainerPlan container) =>
        [.. container.Spec.Hooks?.Prestart ?? [], .. container.Spec.Hooks?.CreateRuntime ?? []];

    private static void RunInChild(ContainerPlan container, string point, IReadOnlyList<Hook>? hooks, string status)
    {
        if (hooks is { Count: > 0 })
        {
            // The pid in the container's own namespace: what getpid answers.
            PlanValue pid = container.Child.CallInto("asking for the own pid", SystemCall.getpid, []);
            Run(container, container.Child, point, hooks, status, pid);
            container.Child.Release(pid);
        }
    }

    private static void Run(ContainerPlan container, PlanTrack track, string point, IReadOnlyList<Hook> hooks, string status, PlanValue pid)
    {
        foreach (Hook hook in hooks)
        {
            if (!hook.Path.StartsWith('/') || hook.Timeout <= 0)
            {
                throw new LaunchException(
                    LaunchFailure.Setup,
                    $"The {point} hook '{hook.Path}' must have an absolute path and a timeout above zero."
                );
            }

            track.SpawnHook(
                $"running the {point} hook {hook.Path}",
                hook.Path,
                hook.Args is { Count: > 0 } ? hook.Args : [hook.Path],
                hook.Env ?? [],
                StateText(container, status),
                pid,
                (hook.Timeout ?? 0) * 1000
            );
        }
    }

    /// <summary>The state as JSON with the mark that the shim replaces by the pid.</summary>
    private static string StateText(ContainerPlan container, string status)
    {
        var state = new State
        {
            OciVersion = container.Spec.OciVersion,
            Id = container.Request.ContainerId,
            Pid = 0,
            Status = status,
            Bundle = container.Request.BundlePath,
            Annotations = container.Spec.Annotations,
        };
        return JsonSerializer.Serialize(state, OciJson.Default.State).Replace("\"pid\":0", "\"pid\":\u0001", StringComparison.Ordinal);
    }
}
