using ContainerPS.Engine.Containers.Limits;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Launch;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>Freezes and thaws containers. What is frozen is asked of the kernel, what was asked for is in the log.</summary>
internal sealed class Freezing(ContainerContext context, Transitions transitions)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>Freezes all processes; returns when they are frozen.</summary>
    public void Pause(Container container)
    {
        using Transition transition = transitions.Enter(container, "Pausing");
        StateRecord state = transition.State;
        if (!state.IsAlive)
        {
            throw StateErrors.NotRunning(container, "paused");
        }

        if (state.Last == StateEvent.Paused)
        {
            throw StateErrors.IsPaused(container, "paused");
        }

        CgroupFailures.Translate(container.Name, () => context.CgroupOf(container).Freeze(Timeout));
        ExitRecords.AppendEvent(transition.Paths, StateEvent.Paused, state.Run);
        context.Events.Record(transition.Record, EventActions.Pause);
    }

    /// <summary>Thaws them.</summary>
    public void Resume(Container container)
    {
        using Transition transition = transitions.Enter(container, "Resuming");
        StateRecord state = transition.State;
        if (!state.IsAlive)
        {
            throw StateErrors.NotRunning(container, "resumed");
        }

        CgroupFailures.Translate(
            container.Name,
            () =>
            {
                Cgroup cgroup = context.CgroupOf(container);
                // A pause that was killed between freezing and recording left it frozen and "running".
                if (state.Last != StateEvent.Paused && !cgroup.IsFrozen)
                {
                    throw StateErrors.IsNotPaused(container);
                }

                Thaw(transition, cgroup, context.Events);
            }
        );
    }

    /// <summary>Under the lock.</summary>
    public static void Thaw(Transition transition, Cgroup cgroup, ContainerEvents events)
    {
        cgroup.Thaw();
        if (transition.State.Last == StateEvent.Paused)
        {
            ExitRecords.AppendEvent(transition.Paths, StateEvent.Resumed, transition.State.Run);
            events.Record(transition.Record, EventActions.Unpause);
        }
    }
}
