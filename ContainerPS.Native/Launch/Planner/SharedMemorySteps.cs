using System.Globalization;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Namespaces;
using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>
/// Whether the first process may have the shim's memory until its exec instead of a copy (CLONE_VM|CLONE_VFORK: about 0.1 ms sooner).
/// Nothing that the container brought ever runs in that memory; the rules here are about others who could reach it, and about whom the
/// kernel kills with it. The shim checks for itself that neither side would wait for the other.
/// </summary>
internal static class SharedMemorySteps
{
    /// <summary>
    /// A copy that runs out of memory before its exec is killed, and told as such. A process in the middle of a vfork is no victim of the
    /// kernel's choice (mm/oom_kill.c, oom_badness): its calls fail, and an exec that fails halfway is a SIGSEGV, which says less; and
    /// where a whole cgroup is killed the shim goes with it. A start with all its mounts takes 1.6 MiB (memory.max_usage_in_bytes) and
    /// arguments at most 6 MiB, so that with this much it is not the start that fails.
    /// </summary>
    private const long SmallestLimit = 16 << 20;

    /// <summary>The last step of a container's plan.</summary>
    public static void Write(ContainerPlan container)
    {
        // The processes of a pid namespace that is joined are another container's, with rights of their own.
        if (!container.Namespaces.Joined.Any(entry => entry.Type == NamespaceType.Pid))
        {
            Write(container.Plan, container.Namespaces, container.Spec, container.Process, container.Facts);
        }
    }

    /// <summary>The last step of an exec's plan. Who sees the new process has the rights of the container's own or of this one.</summary>
    public static void Write(PlanBuilder plan, NamespaceSet namespaces, Spec spec, Process process, PlannerFacts facts)
    {
        if (
            plan.Mode is PlanMode.Service or PlanMode.Exec
            && !namespaces.Has(NamespaceType.User)
            && !namespaces.Has(NamespaceType.Time)
            && !plan.Child.NeedsMemoryOfItsOwn
            && !plan.Parent.NeedsMemoryOfItsOwn
            && !MayReachMemory(process)
            && !MayReachMemory(spec.Process)
            && HasRoom(spec.Linux?.Resources)
            && !facts.IsDumpableAs(process.User ?? new User())
        )
        {
            plan.Parent.ShareMemoryAtClone();
        }
    }

    /// <summary>
    /// The shim is not dumpable: only CAP_SYS_PTRACE opens its memory, to who sees the child in its pid namespace (man 2 ptrace).
    /// </summary>
    private static bool MayReachMemory(Process? process) =>
        process?.Capabilities is { } sets
        && (
            HasTrace(sets.Bounding)
            || HasTrace(sets.Effective)
            || HasTrace(sets.Permitted)
            || HasTrace(sets.Inheritable)
            || HasTrace(sets.Ambient)
        );

    /// <summary>With or without its prefix, in any case, as names of capabilities may be (<see cref="CapabilitySet.TryParse"/>).</summary>
    private static bool HasTrace(IReadOnlyList<string>? names)
    {
        for (int i = 0; i < names?.Count; i++)
        {
            if (
                names[i].EndsWith("SYS_PTRACE", StringComparison.OrdinalIgnoreCase)
                || names[i].Equals("ALL", StringComparison.OrdinalIgnoreCase)
            )
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasRoom(LinuxResources? resources) =>
        IsRoomy(resources?.Memory?.Limit)
        && IsRoomy(resources?.Memory?.Kernel)
        && (
            resources?.Unified is not { } files || (IsRoomy(Number(files, "memory.max")) && Number(files, "memory.oom.group") is null or 0)
        );

    /// <summary>-1 is no limit.</summary>
    private static bool IsRoomy(long? limit) => limit is null or < 0 or >= SmallestLimit;

    /// <summary>`max` is no number: no limit.</summary>
    private static long? Number(IReadOnlyDictionary<string, string> files, string name) =>
        files.TryGetValue(name, out string? text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : null;
}
