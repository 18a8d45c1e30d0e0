using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>
/// A container whose lock is held, reconciled: nobody else starts, stops or removes it until this is disposed. Its end may come at any
/// time.
/// </summary>
internal readonly record struct Transition(Container Container, FileLock Lock, ContainerView.Seen Seen) : IDisposable
{
    public ContainerPaths Paths => Container.View.Paths;

    public ContainerRecord Record => Container.View.KnownRecord;

    /// <summary>As it was when the lock was taken.</summary>
    public StateRecord State => Seen.State;

    /// <summary>Records what is wanted from now on.</summary>
    public void SetDesired(DesiredState desired)
    {
        if (Seen.LastStart is { } start && start.Desired != desired)
        {
            ContainerStore.WriteStart(Paths, start with { Desired = desired });
        }
    }

    public void Dispose() => Lock.Dispose();
}
