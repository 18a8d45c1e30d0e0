using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine;

public sealed partial class ContainerEngine
{
    private static readonly TimeSpan FreezeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How long the end of a killed container may take to be recorded.</summary>
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Ends a container: its stop signal (or <paramref name="signal"/>), and after <paramref name="timeout"/> (null: its own) SIGKILL to
    /// all of its cgroup. No effect on one that is not running.
    /// </summary>
    public void Stop(Container container, TimeSpan? timeout = null, Signal? signal = null, CancellationToken cancellation = default)
    {
        if (!BeginStop(container, signal, cancellation))
        {
            return;
        }

        if (WaitForEnd(container, timeout ?? container.StopTimeout, cancellation))
        {
            return;
        }

        using (Transition? transition = TryEnter(container, "Stopping"))
        {
            if (transition is { } held)
            {
                KillAll(held.Container);
            }
        }

        if (!WaitForEnd(container, EndTimeout, cancellation))
        {
            throw StopTimedOut(container);
        }
    }

    /// <summary>Sends a signal, SIGKILL unless another is named, to the first process.</summary>
    public void Kill(Container container, Signal? signal = null)
    {
        using Transition transition = Enter(container, "Signalling");
        StateRecord state = transition.State;
        if (!state.IsAlive)
        {
            throw NotRunning(container, "signalled");
        }

        if (signal is null or Signal.Kill)
        {
            SetDesired(transition, DesiredState.Stopped);
            // A frozen process dies only when it is thawed: the whole cgroup is ended at once.
            if (state.Last == StateEvent.Paused)
            {
                KillAll(container);
            }
        }

        Send(state, signal ?? Signal.Kill);
    }

    /// <summary>Freezes all processes; returns when they are frozen.</summary>
    public void Pause(Container container)
    {
        using Transition transition = Enter(container, "Pausing");
        StateRecord state = transition.State;
        if (state.Last == StateEvent.Paused)
        {
            throw IsPaused(container, "paused");
        }

        if (!state.IsAlive)
        {
            throw NotRunning(container, "paused");
        }

        OnCgroup(container.Name, () => CgroupOf(container).Freeze(FreezeTimeout));
        ExitRecords.AppendEvent(transition.Paths, StateEvent.Paused, state.Run);
    }

    /// <summary>Thaws them.</summary>
    public void Resume(Container container)
    {
        using Transition transition = Enter(container, "Resuming");
        StateRecord state = transition.State;
        if (!state.IsAlive)
        {
            throw NotRunning(container, "resumed");
        }
        // A pause that was killed between freezing and recording left it frozen and "running".
        Cgroup cgroup = CgroupOf(container);
        if (state.Last != StateEvent.Paused && !OnCgroup(container.Name, () => cgroup.IsFrozen))
        {
            throw new ContainerStateException(
                ErrorIds.InvalidStateTransition,
                $"Container '{container.Name}' cannot be resumed: it is not paused.",
                nameof(ContainerState.Running),
                nameof(ContainerState.Paused),
                container.Name
            );
        }

        Thaw(transition, state);
    }

    /// <summary>Records that it shall stop, and signals; false when it does not run.</summary>
    private bool BeginStop(Container container, Signal? signal, CancellationToken cancellation)
    {
        using Transition transition = Enter(container, "Stopping", cancellation);
        StateRecord state = transition.State;
        if (!state.IsAlive)
        {
            return false;
        }

        SetDesired(transition, DesiredState.Stopped);
        Send(state, signal ?? container.StopSignal);
        if (state.Last == StateEvent.Paused)
        {
            Thaw(transition, state);
        }

        return true;
    }

    private void Thaw(Transition transition, StateRecord state)
    {
        OnCgroup(transition.Container.Name, () => CgroupOf(transition.Container).Thaw());
        ExitRecords.AppendEvent(transition.Paths, StateEvent.Resumed, state.Run);
    }

    private static void SetDesired(Transition transition, DesiredState desired)
    {
        if (transition.Seen.LastStart is { } start && start.Desired != desired)
        {
            ContainerStore.WriteStart(transition.Paths, start with { Desired = desired });
        }
    }

    // A process that has gone meanwhile needs no signal.
    private static void Send(in StateRecord state, Signal signal)
    {
        using Pidfd? process = InitOf(state).Open();
        process?.SendSignal(signal);
    }

    /// <summary>
    /// Ends all processes of a container. In a pid namespace of its own they end with the first one, which is quicker than its cgroup
    /// is; frozen ones, and those of a shared namespace, are reached through the cgroup alone.
    /// </summary>
    private void KillAll(Container container)
    {
        StateRecord state = container.View.Current;
        if (OwnsPids(container.View.Record) && state.Last == StateEvent.Running)
        {
            Send(state, Signal.Kill);
        }
        else
        {
            OnCgroup(container.Name, () => CgroupOf(container).Kill());
        }
    }

    /// <summary>As <see cref="Enter"/>; null when the container has been removed.</summary>
    private Transition? TryEnter(Container container, string purpose)
    {
        try
        {
            return Enter(container, purpose);
        }
        catch (ContainerObjectNotFoundException)
        {
            return null;
        }
    }

    private static ContainerTimeoutException StopTimedOut(Container container) =>
        new(
            ErrorIds.StopTimeout,
            $"Container '{container.Name}' was killed and has not ended after {EndTimeout.TotalSeconds:0} s.",
            container.Name,
            "A process of it hangs in the kernel: see its state in /proc."
        );
}
