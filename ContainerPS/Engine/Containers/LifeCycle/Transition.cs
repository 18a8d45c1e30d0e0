using System.Collections.Concurrent;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>
/// A container whose lock is held, reconciled: nobody else starts, stops or removes it until this is disposed. Its end may come at any
/// time.
/// </summary>
internal readonly record struct Transition(Container Container, FileLock Lock, ContainerView.Seen Seen, ConcurrentQueue<string> Warnings)
    : IDisposable
{
    public ContainerPaths Paths => Container.View.Paths;

    public ContainerRecord Record => Container.View.KnownRecord;

    /// <summary>As it was when the lock was taken.</summary>
    public StateRecord State => Seen.State;

    /// <summary>
    /// Records what is wanted from now on. On a full disk it is a warning that this could not be recorded: to stop and to remove is how
    /// room is made.
    /// </summary>
    public void SetDesired(DesiredState desired)
    {
        if (Seen.LastStart is not { } start || start.Desired == desired)
        {
            return;
        }

        try
        {
            ContainerStore.WriteStart(Paths, start with { Desired = desired });
        }
        catch (LinuxException failure) when (StoreFailure.IsFullDisk(failure.Errno))
        {
            Warnings.Enqueue($"That the container {Container.Name} shall be stopped could not be recorded: {failure.Message}.");
        }
    }

    public void Dispose() => Lock.Dispose();
}
