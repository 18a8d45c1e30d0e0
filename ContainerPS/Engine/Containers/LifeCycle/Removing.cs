using ContainerPS.Engine.Containers.State;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>Removes containers when somebody asks for it.</summary>
internal sealed class Removing(Transitions transitions, LeftOvers leftOvers, EndOfRun ends, Removal removal)
{
    /// <summary>Removes a container; one that runs, or whose record cannot be read, only with <paramref name="force"/>.</summary>
    public void Remove(Container container, bool force, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(container);
        if (force && container.View.Damage is not null)
        {
            RemoveDead(container);
            return;
        }

        using Transition transition = transitions.Enter(container, "Removing", forRemoval: true, cancellation);
        if (transition.State is { IsAlive: true } state)
        {
            if (!force)
            {
                throw StateErrors.IsAlive(container);
            }

            transition.SetDesired(DesiredState.Stopped);
            ends.Force(container, state.Run, cancellation);
        }

        removal.Complete(container, transition.Lock);
    }

    /// <summary>Without a record: what is found by its id goes, its processes first.</summary>
    private void RemoveDead(Container container)
    {
        Definition.Privileges.Demand($"remove the container {container.Name}");
        leftOvers.SweepOnce();
        if (container.View.Current is { IsAlive: true } state)
        {
            ends.KillAll(container, state.Run);
        }

        if (!removal.TryRemoveUnreadable(container))
        {
            throw new ContainerResourceBusyException(
                ErrorIds.ObjectLocked,
                $"Container '{container.Name}' cannot be removed: another process works on it.",
                [],
                container.Id,
                "Try again when that is done."
            );
        }
    }
}
