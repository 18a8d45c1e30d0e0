using ContainerPS.Engine.Containers.Limits;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine;

public sealed partial class ContainerEngine
{
    /// <summary>A container whose lock is held, reconciled: what its state says is so, until the end of this.</summary>
    private readonly record struct Transition(Container Container, FileLock Lock, ContainerView.Seen Seen) : IDisposable
    {
        public ContainerView View => Container.View;

        public ContainerPaths Paths => Container.View.Paths;

        public ContainerRecord Record => Container.View.KnownRecord;

        /// <summary>As it was when the lock was taken.</summary>
        public StateRecord State => Seen.State;

        public void Dispose() => Lock.Dispose();
    }

    /// <summary>Takes the lock of a container and brings its state up to date.</summary>
    /// <exception cref="ContainerObjectNotFoundException">It has been removed.</exception>
    private Transition Enter(Container container, string purpose, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(container);
        DemandPrivileges(purpose, container);
        SweepOnce();
        if (!FileStamp.Of(container.View.Paths.Record).Exists)
        {
            throw ContainerObjectNotFoundException.Container(container.Name);
        }

        FileLock held = _store.Lock(container.Id, $"{purpose} the container {container.Name}", cancellation);
        try
        {
            // Under the lock nobody else changes it: what is read here is known until the end of the transition.
            if (!container.View.TryLook(out ContainerView.Seen seen))
            {
                throw Vanished(container, held);
            }
            // An ended container that removes itself is gone after that.
            if (ReconcileLocked(container, held, seen.State) && !container.View.TryLook(out seen))
            {
                throw ContainerObjectNotFoundException.Container(container.Name);
            }

            return new Transition(container, held, seen);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private static void DemandPrivileges(string purpose, Container container)
    {
        if (!HostFacts.IsRoot)
        {
            Containers.Definition.Privileges.Demand($"work on containers ({purpose.ToLowerInvariant()} {container.Name})");
        }
    }

    // Waiting for a lock makes its file anew when the container went meanwhile.
    private static ContainerObjectNotFoundException Vanished(Container container, FileLock held)
    {
        held.RemoveFile();
        return ContainerObjectNotFoundException.Container(container.Name);
    }

    private Cgroup CgroupOf(Container container) => Cgroups.Open(container.View.Record.CgroupPath);

    /// <summary>Runs what works on a cgroup, with its failures as the engine's.</summary>
    private static T OnCgroup<T>(string container, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (CgroupException failure)
        {
            throw CgroupFailures.ToEngine(failure, container);
        }
    }

    private static void OnCgroup(string container, Action work) =>
        OnCgroup(
            container,
            () =>
            {
                work();
                return true;
            }
        );

    private static ContainerStateException NotRunning(Container container, string what) =>
        new(
            ErrorIds.ContainerNotRunning,
            $"Container '{container.Name}' cannot be {what}: it is {container.State.ToString().ToLowerInvariant()}.",
            container.State.ToString(),
            nameof(ContainerState.Running),
            container.Name,
            $"Start it first (Start-Container {container.Name})."
        );

    private static ContainerStateException IsPaused(Container container, string what) =>
        new(
            ErrorIds.ContainerPaused,
            $"Container '{container.Name}' cannot be {what}: it is paused.",
            nameof(ContainerState.Paused),
            nameof(ContainerState.Running),
            container.Name,
            $"Resume it first (Resume-Container {container.Name})."
        );

    private static ProcessIdentity InitOf(in StateRecord state) => new(state.Pid, state.StartTicks, HostFacts.BootId);

    private static ProcessIdentity MonitorOf(in StateRecord state) => new(state.MonitorPid, state.MonitorStartTicks, HostFacts.BootId);
}
