using System.Text.Json;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.Bundle;
using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Engine.Containers.Limits;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Engine.Layers;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Mounts;
using ContainerPS.Native.Oci;
using static ContainerPS.Native.Interop.Libc;
using Oci = ContainerPS.Native.Oci;

namespace ContainerPS.Engine;

public sealed partial class ContainerEngine
{
    /// <summary>Starts a container and returns when its command is running. No effect on a running one.</summary>
    public void Start(Container container, CancellationToken cancellation = default)
    {
        using Transition transition = Enter(container, "Starting", cancellation);
        if (transition.State.Last == StateEvent.Paused)
        {
            throw IsPaused(container, "started");
        }

        if (transition.State.IsAlive)
        {
            return;
        }

        StartLocked(container, transition.Seen, new StdioSettings { OpenStdin = container.OpenStdin }, null, cancellation).Dispose();
    }

    /// <summary>Under the lock. What fails leaves the container as it was, with the reason in its Error.</summary>
    private LaunchedContainer StartLocked(
        Container container,
        in ContainerView.Seen seen,
        StdioSettings stdio,
        SpareLayer? layer,
        CancellationToken cancellation
    )
    {
        ContainerRecord record = container.View.KnownRecord;
        StartRecord start = NextStart(container, seen);
        LaunchRequest request = RequestOf(container, start, stdio) with { ReadyRoot = layer?.Root };
        // What an earlier run of this boot has written stays until this one runs; of another boot it would tell of processes that are gone.
        if (start != record.FirstStart)
        {
            PrepareRunDirectory(container.View.Paths, keepState: seen.LastStart?.BootId == start.BootId);
        }

        try
        {
            return ContainerLauncher.Start(request, cancellation);
        }
        catch (Exception failure) when (failure is LaunchException or CgroupException or LinuxException or OperationCanceledException)
        {
            EngineException? told = failure is OperationCanceledException ? null : StartFailures.ToEngine(failure, record);
            IReadOnlyList<Exception> undone = UndoStart(container, start, told?.Message ?? "The start was cancelled.");
            if (told is null)
            {
                throw;
            }

            told.UndoFailures = undone;
            throw told;
        }
    }

    private LaunchRequest RequestOf(Container container, StartRecord start, StdioSettings stdio)
    {
        ContainerPaths paths = container.View.Paths;
        ContainerRecord record = container.View.KnownRecord;
        ContainerDefinition definition = record.Definition;
        Spec spec = SpecOf(container);
        LinuxResources resources = spec.Linux!.Resources!;
        return new LaunchRequest
        {
            ContainerId = record.Id,
            Spec = spec,
            RootFs = new RootFsSource.Overlay(
                record.RootFs.LowerDirs,
                paths.Upper,
                paths.Work,
                Volatile: definition.AutoRemove,
                UserXattr: false
            )
            {
                Short = OverlayOptions.CanAppendLower
                    ? null
                    : new RootFsSource.ShortNames(Store.Layers, OverlayNames.ShortOf(Store, record.RootFs.LowerDirs)),
            },
            BundlePath = paths.Home,
            Cgroup = Cgroups.Open(record.CgroupPath),
            // Both beside the start of the shim: the container's process waits for them.
            PrepareCgroup = () => Cgroups.Create(record.CgroupPath, CgroupControllers.For(resources, Cgroups)).Apply(resources),
            Meanwhile = () => RecordStart(record, paths, start, spec),
            Monitor = MonitorOf(container, start.Run),
            Stdio = stdio,
            SeccompCacheDirectory = Store.Root + "/cache/seccomp",
        };
    }

    /// <summary>
    /// Before its process may run, or be told of; what a start that was killed before has made is an empty cgroup, which the next one and a
    /// removal meet.
    /// </summary>
    private static void RecordStart(ContainerRecord record, ContainerPaths paths, StartRecord start, Oci.Spec spec)
    {
        if (start != record.FirstStart)
        {
            ContainerStore.WriteStart(paths, start);
        }
        // The engine makes the document anew at each start; this copy is for people and other tools, and a container that is thrown away
        // needs none.
        if (record.Definition is { AutoRemove: false, OciSpecPath: null })
        {
            AtomicFile.Write(paths.Spec, JsonSerializer.SerializeToUtf8Bytes(spec, Oci.OciJson.Default.Spec), durable: false);
        }
    }

    /// <summary>
    /// Before a start is recorded: with the record but without a state file, others would see a container that ran and lost its run
    /// directory.
    /// </summary>
    private static void PrepareRunDirectory(ContainerPaths paths, bool keepState)
    {
        Files.TryMakeDirectoryAt(FileDescriptor.CurrentDirectory, paths.RunDirectory, Modes.Mode0700);
        Files.Open(paths.State, O_WRONLY | O_CREAT | (keepState ? 0 : O_TRUNC), Modes.Mode0600).Dispose();
    }

    private static void ClearRunDirectory(ContainerPaths paths)
    {
        foreach (string file in ContainerPaths.RunFiles)
        {
            Files.TryUnlink($"{paths.RunDirectory}/{file}");
        }

        if (!paths.IsVolatile)
        {
            Files.TryUnlinkAt(FileDescriptor.CurrentDirectory, paths.RunDirectory, isDirectory: true);
        }
    }

    private static StartRecord NextStart(Container container, in ContainerView.Seen seen)
    {
        if (container.View.KnownRecord.FirstStart is { } first && seen.LastStart == first && seen.State.Last == StateEvent.None)
        {
            return first;
        }

        int last = seen.LastStart?.Run ?? 0;
        // The file is not synced: after a crash of the host the exits tell how far the count had come.
        if (last == 0 && ContainerDocuments.TryRead(container.View.Paths.Exits) is { } exits)
        {
            last = StateLog.ReadExit(exits)?.Run ?? 0;
        }

        return StartOf(container.View.KnownRecord.Definition, last + 1);
    }

    private static StartRecord StartOf(ContainerDefinition definition, int run)
    {
        var start = new StartRecord
        {
            Run = run,
            BootId = HostFacts.BootId,
            At = DateTimeOffset.UtcNow,
            Desired = DesiredState.Running,
        };
        if (definition.Lifetime != ContainerLifetime.Session)
        {
            return start;
        }

        ProcessIdentity self = ProcessIdentity.Current;
        return start with { StarterPid = self.Pid, StarterStartTicks = self.StartTicks };
    }

    private MonitorSettings MonitorOf(Container container, int run)
    {
        ContainerPaths paths = container.View.Paths;
        ContainerDefinition definition = container.View.KnownRecord.Definition;
        return new MonitorSettings
        {
            RunDirectory = paths.RunDirectory,
            DurableDirectory = definition.AutoRemove ? paths.RunDirectory : paths.Directory,
            LogDirectory = paths.Directory,
            LogMaxSize = definition.LogMaxSize,
            LogMaxFiles = definition.LogMaxFile,
            Run = run,
            RecordExitDurably = !definition.AutoRemove,
            OnExitCommand = definition.AutoRemove || definition.Lifetime == ContainerLifetime.Session ? OnExitCommand.For(paths.Id) : null,
            OnExitEnvironment = OnExitCommand.Environment(Options),
            EndWithStarter = definition.Lifetime == ContainerLifetime.Session,
            Group = Monitors,
        };
    }

    /// <summary>The runtime-spec document of the next start, with the namespaces it joins as they are now.</summary>
    private Oci.Spec SpecOf(Container container)
    {
        ContainerPaths paths = container.View.Paths;
        ContainerRecord record = container.View.KnownRecord;
        LinuxResources limits = LimitResources.From(record.Definition.Limits, Cgroups);
        if (record.Definition.OciSpecPath is not null)
        {
            return SpecOfBundle(paths, record, limits);
        }

        return SpecBuilder.Build(record, paths, Joined(record), limits);
    }

    /// <summary>As much of it as an exec needs: which namespaces are the container's own, what its processes may do.</summary>
    private Oci.Spec ExecSpecOf(ContainerRecord record, ContainerPaths paths) =>
        record.Definition.OciSpecPath is not null
            ? SpecOfBundle(paths, record, LimitResources.From(record.Definition.Limits, Cgroups))
            : SpecBuilder.BuildForExec(record, Joined(record));

    private static Oci.Spec SpecOfBundle(ContainerPaths paths, ContainerRecord record, Oci.LinuxResources limits)
    {
        Spec spec = JsonSerializer.Deserialize(Files.ReadAllBytes(paths.Spec), Oci.OciJson.Default.Spec)!;
        Linux linux = spec.Linux ?? new Oci.Linux();
        LinuxResources resources = record.Definition.Limits.IsEmpty
            ? linux.Resources ?? limits
            : limits with
            {
                Devices = linux.Resources?.Devices,
            };
        return spec with { Linux = linux with { CgroupsPath = record.CgroupPath, Resources = resources } };
    }

    private JoinedNamespaces Joined(ContainerRecord record)
    {
        if (record.Namespaces.All(ns => ns is { Path: null, SharedWith: null, IsHost: false }))
        {
            return JoinedNamespaces.None;
        }

        return new JoinedNamespaces
        {
            Network = PathOf(record, "network", "net"),
            Pid = PathOf(record, "pid", "pid"),
            Ipc = PathOf(record, "ipc", "ipc"),
            Uts = PathOf(record, "uts", "uts"),
            ShmSource = ShmOf(record),
        };
    }

    private string? PathOf(ContainerRecord record, string type, string file)
    {
        NamespaceInfo ns = record.Namespaces.First(candidate => candidate.Type == type);
        return ns.Path
            ?? (ns.SharedWith is { } owner ? FormattableString.Invariant($"/proc/{PidOf(record, owner, type)}/ns/{file}") : null);
    }

    // Shared memory by name lies in /dev/shm: who uses the host's ipc namespace uses that.
    private static string? ShmOf(ContainerRecord record) =>
        record.Namespaces.Any(candidate => candidate is { Type: "ipc", IsHost: true }) ? "/dev/shm" : null;

    private int PidOf(ContainerRecord record, string owner, string type)
    {
        StateRecord? state = _store.Open(owner)?.View.Current;
        if (state is { IsAlive: true } alive && InitOf(alive).IsAlive)
        {
            return alive.Pid;
        }

        throw new ContainerStateException(
            ErrorIds.ContainerNotRunning,
            $"Container '{record.Name}' cannot be started: the container {owner[..12]}, whose {type} namespace it joins, is not running.",
            null,
            nameof(ContainerState.Running),
            record.Name,
            $"Start it first (Start-Container {owner[..12]})."
        );
    }

    /// <summary>Puts back what a start acquired before it failed; what fails here is told beside the first failure.</summary>
    private IReadOnlyList<Exception> UndoStart(Container container, StartRecord start, string reason)
    {
        var undo = new Rollback();
        ContainerPaths paths = container.View.Paths;
        undo.Add(
            "recording the failure",
            () => ContainerStore.WriteStart(paths, start with { Desired = DesiredState.Created, Error = reason })
        );
        // An overlay that was mounted as volatile marks its work directory, and refuses a second mount with the mark.
        undo.Add(
            "renewing the work directory",
            () =>
            {
                Files.RemoveTree(paths.Work);
                Files.MakeDirectory(paths.Work, Modes.Mode0700);
            }
        );
        undo.Add("clearing the run directory", () => ClearRunDirectory(paths));
        undo.Add("removing the cgroup", () => RemoveCgroup(container.View.Record.CgroupPath, container.Name, mayHaveProcesses: true));
        return undo.Undo();
    }
}
