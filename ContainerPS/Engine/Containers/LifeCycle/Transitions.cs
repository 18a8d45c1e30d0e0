using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>The door to every change of a container: privileges, the sweep of left-overs, the lock, and a state that is true.</summary>
internal sealed class Transitions(ContainerContext context, LeftOvers leftOvers, Reconciling reconciling)
{
    /// <summary>Takes the lock of a container and brings its state up to date.</summary>
    /// <exception cref="ContainerObjectNotFoundException">It has been removed.</exception>
    public Transition Enter(Container container, string purpose, CancellationToken cancellation = default) =>
        Enter(container, purpose, forRemoval: false, cancellation);

    /// <summary>
    /// The same. Where <paramref name="forRemoval"/> says so, a disk without room for the end of a run is no reason to fail.
    /// </summary>
    /// <exception cref="ContainerObjectNotFoundException">It has been removed.</exception>
    public Transition Enter(Container container, string purpose, bool forRemoval, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(container);
        DemandPrivileges(purpose, container);
        leftOvers.SweepOnce();
        if (!container.View.IsThere)
        {
            throw ContainerObjectNotFoundException.Container(container.Name);
        }

        FileLock held = context.Store.Lock(container.Id, $"{purpose} the container {container.Name}", cancellation);
        try
        {
            // Under the lock nobody else changes it: what is read here is known until the end of the transition.
            if (!container.View.TryLook(out ContainerView.Seen seen))
            {
                throw Vanished(container, held);
            }

            DemandReadable(container, purpose);
            // An ended container that removes itself is gone after that.
            if (reconciling.ReconcileLocked(container, held, seen.State, forRemoval) && !container.View.TryLook(out seen))
            {
                throw ContainerObjectNotFoundException.Container(container.Name);
            }

            return new Transition(container, held, seen, context.Warnings);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>As <see cref="Enter(Container, string, CancellationToken)"/>; null when the container has been removed.</summary>
    public Transition? TryEnter(Container container, string purpose)
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

    private static void DemandPrivileges(string purpose, Container container)
    {
        if (!HostFacts.IsRoot)
        {
            Privileges.Demand($"work on containers ({purpose.ToLowerInvariant()} {container.Name})");
        }
    }

    private static void DemandReadable(Container container, string purpose)
    {
        if (container.View.Damage is { } damage)
        {
            throw StateErrors.IsDead(container, purpose, damage);
        }
    }

    // Waiting for a lock makes its file anew when the container went meanwhile.
    private static ContainerObjectNotFoundException Vanished(Container container, FileLock held)
    {
        held.RemoveFile();
        return ContainerObjectNotFoundException.Container(container.Name);
    }
}
