using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Engine;

public sealed partial class ContainerEngine
{
    private const int RemovalsBetweenCleanings = 256;

    private static readonly TimeSpan CgroupTimeout = TimeSpan.FromSeconds(5);

    private int _removals;

    /// <summary>Removes a container; a running one only with <paramref name="force"/>.</summary>
    public void Remove(Container container, bool force = false, CancellationToken cancellation = default)
    {
        using var transition = Enter(container, "Removing", cancellation);
        if (transition.View.Current.IsAlive)
        {
            if (!force)
            {
                throw new ContainerStateException(
                    ErrorIds.InvalidStateTransition, $"Container '{container.Name}' cannot be removed: it is {container.State.ToString().ToLowerInvariant()}.",
                    container.State.ToString(), nameof(ContainerState.Exited), container.Name, "Stop it first, or remove it by force.");
            }

            SetDesired(transition, DesiredState.Stopped);
            EndLocked(container, cancellation);
        }

        RemoveLocked(container, transition.Lock);
    }

    /// <summary>Kills a container and waits for the record of its end; a dead monitor's part is done here, by the holder of the lock.</summary>
    private void EndLocked(Container container, CancellationToken cancellation)
    {
        KillAll(container);
        var end = Environment.TickCount64 + (long)EndTimeout.TotalMilliseconds;
        while (container.View.Current is { IsAlive: true } state)
        {
            if (Environment.TickCount64 > end) throw StopTimedOut(container);
            if (!MonitorOf(state).IsAlive && !InitOf(state).IsAlive) RecordUnknownEnd(container, state);
            else cancellation.WaitHandle.WaitOne(1);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>
    /// Takes away a container that does not run. container.json goes first: from then on there is no container, and what a kill leaves of
    /// the rest is a left-over that the next one who meets it removes.
    /// </summary>
    private void RemoveLocked(Container container, FileLock held)
    {
        var record = container.View.KnownRecord;
        var paths = container.View.Paths;
        if (container.View.Exit is { } exit) ExitRecords.KeepOfRemoved(paths, exit);
        Files.TryUnlink(paths.Record);
        _store.ReleaseName(record.Name, paths.Id);
        RemoveCgroup(record.CgroupPath, record.Name, mayHaveProcesses: !OwnsPids(record));
        RemoveDirectories(paths);
        held.RemoveFile();
        if (Interlocked.Increment(ref _removals) % RemovalsBetweenCleanings == 0) ExitRecords.DropOld(Store.RunRoot + "/exits");
    }

    /// <summary>Whether all its processes end with its first one (man 7 pid_namespaces).</summary>
    private static bool OwnsPids(ContainerRecord record) => record.Namespaces.Any(ns => ns is { Type: "pid", Path: null, SharedWith: null, IsHost: false });

    /// <summary>Removes what is left of a container's cgroup, with processes that outlived its first one.</summary>
    private void RemoveCgroup(string path, string container, bool mayHaveProcesses) => OnCgroup(container, () =>
    {
        var cgroup = Cgroups.Open(path);
        if (mayHaveProcesses && cgroup.Exists && cgroup.Processes().Count > 0) cgroup.Kill();
        cgroup.Remove(CgroupTimeout);
    });

    /// <summary>By name where the names are known: a container that wrote nothing is removed without reading a directory.</summary>
    private static void RemoveDirectories(ContainerPaths paths)
    {
        RemoveRunDirectory(paths);
        RemoveKnown(paths.Directory, ContainerPaths.Files, ContainerPaths.Directories);
    }

    private static void RemoveRunDirectory(ContainerPaths paths) => RemoveKnown(paths.RunDirectory, ContainerPaths.RunFiles, []);

    private static void RemoveKnown(string path, ReadOnlySpan<string> files, ReadOnlySpan<string> directories)
    {
        using (var directory = Files.TryOpenAt(FileDescriptor.CurrentDirectory, path, O_RDONLY | O_DIRECTORY))
        {
            if (directory is null) return;
            foreach (var file in files) Files.TryUnlinkAt(directory, file);
            foreach (var known in directories)
            {
                if (!Files.TryRemoveEmptyDirectoryAt(directory, known)) Files.RemoveTreeAt(directory, known);
            }
        }

        if (!Files.TryRemoveEmptyDirectoryAt(FileDescriptor.CurrentDirectory, path)) Files.RemoveTree(path);
    }
}
