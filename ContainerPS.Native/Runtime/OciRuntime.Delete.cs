using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Runtime;

/// <summary>delete: takes away what create made, and what a create that was killed left.</summary>
public sealed partial class OciRuntime
{
    /// <summary>A running container only by force. Waits for a create or start of the same container.</summary>
    /// <exception cref="TimeoutException">Another verb holds the container's lock for too long.</exception>
    public void Delete(string id, bool force)
    {
        RuntimeContainer.CheckId(id);
        string directory = DirectoryOf(id);
        using FileLock? held = LockToDelete(directory, id);
        if (held is null)
        {
            if (!force)
            {
                throw new RuntimeException($"container does not exist: {id}");
            }

            return;
        }

        if (RuntimeContainer.TryOpen(_root, id) is { } container)
        {
            Delete(container, force);
        }
        else
        {
            CreateCgroup.ClearRemains(directory, _warn);
            Files.RemoveTree(directory);
        }
    }

    /// <summary>Null when there is no such directory, or none any more.</summary>
    private static FileLock? LockToDelete(string directory, string id)
    {
        try
        {
            return Directory.Exists(directory) ? FileLock.Acquire(RuntimeContainer.LockOf(directory), _lockPatience, $"delete {id}") : null;
        }
        catch (LinuxException gone) when (gone.Errno == ENOENT)
        {
            return null;
        }
    }

    private void Delete(RuntimeContainer container, bool force)
    {
        string status = container.Status;
        if (status is "running" or "paused" && !force)
        {
            throw new RuntimeException($"cannot delete container {container.State.Id} that is not stopped: {status}");
        }

        if (status != "stopped")
        {
            End(container);
        }

        RemoveCgroup(container, force);
        if (container.State.HasPoststopHooks)
        {
            RuntimeHooks.Run(container, "poststop", container.Spec.Hooks?.Poststop, "stopped", _warn);
        }

        Files.RemoveTree(container.Directory);
    }

    /// <summary>
    /// Ends all processes of the container. With a pid namespace of its own the end of init is the end of all; without one they are those
    /// in the cgroup.
    /// </summary>
    private static void End(RuntimeContainer container)
    {
        using Pidfd? process = container.State.Identity.Open();
        Cgroup cgroup = container.OpenCgroup();
        if (!container.State.OwnsPidNamespace && container.MayHaveProcesses)
        {
            cgroup.Kill();
        }

        process?.SendSignal(Signal.Kill);
        if (container.OwnsCgroup(cgroup) && cgroup.IsFrozen)
        {
            // On v1 a frozen process takes the signal when it is thawed.
            cgroup.Thaw();
        }

        if (process is not null && !process.WaitForExit(TimeSpan.FromSeconds(10)))
        {
            throw new RuntimeException($"container {container.State.Id} could not be killed within 10 seconds");
        }
    }

    /// <summary>
    /// What still runs in the cgroup is killed only where it can be the container's. Other processes are left alone: they hold up a
    /// delete, and by force their cgroup is left to them.
    /// </summary>
    private void RemoveCgroup(RuntimeContainer container, bool force)
    {
        Cgroup cgroup = container.OpenCgroup();
        if (!cgroup.Exists || !container.OwnsCgroup(cgroup))
        {
            return;
        }

        if (container.MayHaveProcesses)
        {
            cgroup.Kill();
        }

        if (force)
        {
            CreateCgroup.OrWarn(() => cgroup.Remove(_removal), _warn);
        }
        else
        {
            cgroup.Remove(_removal);
        }
    }
}
