namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>Refusals that depend on a container's state, each with the way out.</summary>
internal static class StateErrors
{
    public static ContainerStateException NotRunning(Container container, string what) =>
        NotRunning(container, what, $"Start it first (Start-Container {container.Name}).");

    public static ContainerStateException NotRunning(Container container, string what, string remedy) =>
        new(
            ErrorIds.ContainerNotRunning,
            $"Container '{container.Name}' cannot be {what}: it is {container.State.ToString().ToLowerInvariant()}.",
            container.State.ToString(),
            nameof(ContainerState.Running),
            container.Name,
            remedy
        );

    public static ContainerStateException IsDead(Container container, string purpose, string damage) =>
        new(
            ErrorIds.InvalidStateTransition,
            $"{purpose} the container '{container.Name}' is not possible: {damage}",
            nameof(ContainerState.Dead),
            nameof(ContainerState.Created),
            container.Name,
            $"Remove it by force (Remove-Container {container.Name} -Force), or use the version that wrote it."
        );

    public static ContainerStateException IsPaused(Container container, string what) =>
        new(
            ErrorIds.ContainerPaused,
            $"Container '{container.Name}' cannot be {what}: it is paused.",
            nameof(ContainerState.Paused),
            nameof(ContainerState.Running),
            container.Name,
            $"Resume it first (Resume-Container {container.Name})."
        );

    public static ContainerStateException IsNotPaused(Container container) =>
        new(
            ErrorIds.InvalidStateTransition,
            $"Container '{container.Name}' cannot be resumed: it is not paused.",
            nameof(ContainerState.Running),
            nameof(ContainerState.Paused),
            container.Name
        );

    public static ContainerStateException IsAlive(Container container) =>
        new(
            ErrorIds.InvalidStateTransition,
            $"Container '{container.Name}' cannot be removed: it is {container.State.ToString().ToLowerInvariant()}.",
            container.State.ToString(),
            nameof(ContainerState.Exited),
            container.Name,
            "Stop it first, or remove it by force."
        );

    public static ContainerTimeoutException StopTimedOut(Container container, TimeSpan after) =>
        new(
            ErrorIds.StopTimeout,
            $"Container '{container.Name}' was killed and has not ended after {after.TotalSeconds:0} s.",
            container.Name,
            "A process of it hangs in the kernel: see its state in /proc."
        );
}
