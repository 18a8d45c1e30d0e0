namespace ContainerPS.Native.Launch.Planner;

/// <summary>Descriptors of the starter that the plan uses; null where there is none.</summary>
internal sealed record HandedOver
{
    /// <summary>Socket: one byte comes when the cgroup is ready, the end of file when it never will be.</summary>
    public int? Go { get; init; }

    /// <summary>
    /// The root's overlay is being made by the starter, mounted nowhere yet; behind that byte it comes over the same socket.
    /// </summary>
    public bool RootFollows { get; init; }

    /// <summary>What becomes the container's stdin, stdout, stderr.</summary>
    public int? Stdin { get; init; }
    public int? Stdout { get; init; }
    public int? Stderr { get; init; }

    /// <summary>Write ends of the starter's pipes that get a copy of the output.</summary>
    public int? AttachedStdout { get; init; }
    public int? AttachedStderr { get; init; }

    public int? StarterPidfd { get; init; }

    /// <summary>Exec: pidfd of the container's init.</summary>
    public int? Container { get; init; }
}

/// <summary>Their slots, taken before any other: a slot with a known number must never have held something else.</summary>
internal sealed class HandedOverSlots(PlanBuilder plan, HandedOver descriptors)
{
    public PlanValue? Go { get; } = Inherit(plan, descriptors.Go, "go");
    public bool RootFollows { get; } = descriptors.RootFollows;
    public PlanValue? Stdin { get; } = Inherit(plan, descriptors.Stdin, "stdin");
    public PlanValue? Stdout { get; } = Inherit(plan, descriptors.Stdout, "stdout");
    public PlanValue? Stderr { get; } = Inherit(plan, descriptors.Stderr, "stderr");
    public PlanValue? AttachedStdout { get; } = Inherit(plan, descriptors.AttachedStdout, "attached stdout");
    public PlanValue? AttachedStderr { get; } = Inherit(plan, descriptors.AttachedStderr, "attached stderr");
    public PlanValue? StarterPidfd { get; } = Inherit(plan, descriptors.StarterPidfd, "starter");
    public PlanValue? Container { get; } = Inherit(plan, descriptors.Container, "container");

    private static PlanValue? Inherit(PlanBuilder plan, int? descriptor, string name) =>
        descriptor is { } number ? plan.Inherit(number, name) : null;
}
