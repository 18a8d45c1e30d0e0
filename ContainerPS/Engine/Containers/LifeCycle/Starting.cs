using System.Text.Json;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.Bundle;
using ContainerPS.Engine.Containers.Limits;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Engine.Layers;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Mounts;
using Oci = ContainerPS.Native.Oci;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>Starts containers. A start that fails leaves the container as it was, with the reason in its Error.</summary>
internal sealed class Starting(
    ContainerContext context,
    Transitions transitions,
    EndOfRun ends,
    StartDocuments documents,
    MonitorPlans monitors
)
{
    /// <summary>Returns when the command is running. No effect on a container that runs already.</summary>
    public void Start(Container container, CancellationToken cancellation)
    {
        using Transition transition = transitions.Enter(container, "Starting", cancellation);
        if (transition.State.IsAlive)
        {
            if (transition.State.Last == StateEvent.Paused)
            {
                throw StateErrors.IsPaused(container, "started");
            }

            return;
        }

        StartRecord start = StartRecords.Next(container, transition.Seen);
        var stdio = new StdioSettings { OpenStdin = container.OpenStdin };
        StartLocked(container, start, transition.Seen.LastStart, stdio, null, cancellation).Dispose();
    }

    /// <summary>Under the lock.</summary>
    public LaunchedContainer StartLocked(
        Container container,
        StartRecord start,
        StartRecord? last,
        StdioSettings stdio,
        SpareLayer? layer,
        CancellationToken cancellation
    )
    {
        ContainerRecord record = container.View.KnownRecord;
        try
        {
            // A run begins in a cgroup of its own: what an earlier one left in the old one, processes or limits, is not its business.
            if (start.Run > 1)
            {
                ends.EndLost(container);
                ends.RemoveCgroup(record.CgroupPath, record.Name);
            }

            // The create that recorded this start has made the run directory. What an earlier run of this boot has written stays until this
            // one runs; of another boot it would tell of processes that are gone.
            if (start != record.FirstStart)
            {
                RunFiles.Prepare(container.View.Paths, keepState: last?.BootId == start.BootId);
            }

            return ContainerLauncher.Start(RequestOf(container, start, stdio) with { ReadyRoot = layer?.Root }, cancellation);
        }
        catch (Exception failure)
        {
            EngineException? reported = failure is OperationCanceledException ? null : StartFailures.ToEngine(failure, record);
            IReadOnlyList<Exception> undone = Undo(container, start, last, reported?.Message ?? "The start was cancelled.");
            if (reported is null)
            {
                throw;
            }

            reported.UndoFailures = undone;
            throw reported;
        }
    }

    private LaunchRequest RequestOf(Container container, StartRecord start, StdioSettings stdio)
    {
        ContainerPaths paths = container.View.Paths;
        ContainerRecord record = container.View.KnownRecord;
        Oci.Spec spec = documents.ForStart(container);
        Oci.LinuxResources resources = spec.Linux!.Resources!;
        return new LaunchRequest
        {
            ContainerId = record.Id,
            Spec = spec,
            RootFs = new RootFsSource.Overlay(
                record.RootFs.LowerDirs,
                paths.Upper,
                paths.Work,
                Volatile: record.Definition.AutoRemove,
                UserXattr: false
            )
            {
                Short = OverlayOptions.CanAppendLower
                    ? null
                    : new RootFsSource.ShortNames(context.Location.Layers, OverlayNames.ShortOf(context.Location, record.RootFs.LowerDirs)),
            },
            BundlePath = paths.Home,
            Cgroup = context.Cgroups.Open(record.CgroupPath),
            // Both beside the start of the shim: the container's process waits for them.
            PrepareCgroup = () =>
                context.Cgroups.Create(record.CgroupPath, CgroupControllers.For(resources, context.Cgroups)).Apply(resources),
            Meanwhile = () => RecordStart(record, paths, start, spec),
            Monitor = monitors.For(container, start.Run),
            Stdio = stdio,
            SeccompCacheDirectory = context.SeccompCache,
        };
    }

    /// <summary>
    /// Runs before the process is released and before anyone is told that it runs. If the engine is killed earlier, only an empty cgroup is
    /// left; the next start and a removal delete it.
    /// </summary>
    private static void RecordStart(ContainerRecord record, ContainerPaths paths, StartRecord start, Oci.Spec spec)
    {
        if (start != record.FirstStart)
        {
            ContainerStore.WriteStart(paths, start);
        }

        // The engine makes the document anew at each start; this copy is for people and other tools, and a container that is thrown away
        // needs none.
        if (record.Definition is not { AutoRemove: false, OciSpecPath: null })
        {
            return;
        }

        AtomicFile.Write(paths.Spec, JsonSerializer.SerializeToUtf8Bytes(spec, Oci.OciJson.Default.Spec), durable: false);
    }

    /// <summary>
    /// Undoes what this start acquired, and nothing else: the end of the run before stays recorded. What fails here is reported beside the
    /// first failure.
    /// </summary>
    private IReadOnlyList<Exception> Undo(Container container, StartRecord start, StartRecord? last, string reason)
    {
        var undo = new Rollback();
        ContainerPaths paths = container.View.Paths;
        undo.Add(
            "recording the failure",
            () =>
            {
                ContainerStore.WriteStart(
                    paths,
                    start with
                    {
                        Desired = last is null ? DesiredState.Created : DesiredState.Stopped,
                        Error = reason,
                    }
                );
                if (FileStamp.Of(paths.State).Exists)
                {
                    ExitRecords.AppendStartFailed(paths, start.Run, reason);
                }
            }
        );
        // An overlay that was mounted as volatile marks its work directory, and refuses a second mount with the mark.
        undo.Add(
            "renewing the work directory",
            () =>
            {
                TreeRemover.Delete(paths.Work);
                Files.MakeDirectory(paths.Work, Modes.Mode0700);
            }
        );
        undo.Add("clearing the run directory", () => RunFiles.ClearStreams(paths));
        undo.Add("removing the cgroup", () => ends.RemoveCgroup(container.View.Record.CgroupPath, container.Name));
        return undo.Undo();
    }
}
