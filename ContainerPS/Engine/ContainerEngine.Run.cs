using ContainerPS.Engine.Containers.Bundle;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;

namespace ContainerPS.Engine;

public sealed partial class ContainerEngine
{
    /// <summary>Creates a container and starts it attached to the caller.</summary>
    public ContainerRun Run(ContainerDefinition definition, RunOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(definition);
        options ??= RunOptions.Default;
        using Created created = CreateLocked(
            definition with
            {
                AutoRemove = !options.Keep,
                OpenStdin = options.OpenStdin,
            },
            startsAtOnce: true
        );
        Container container = created.Container;
        try
        {
            var stdio = new StdioSettings
            {
                OpenStdin = options.OpenStdin,
                AttachStdin = options.OpenStdin,
                AttachOutput = true,
            };
            LaunchedContainer launched = StartLocked(
                container,
                new ContainerView.Seen(default, container.View.KnownRecord.FirstStart),
                stdio,
                created.Layer,
                cancellation
            );
            return new ContainerRun(container, launched, () => KillRun(container), () => EndRun(container, launched));
        }
        catch when (!options.Keep)
        {
            RemoveLocked(container, created.Lock);
            throw;
        }
    }

    /// <summary>Starts a command in a running container.</summary>
    public ContainerExec Exec(Container container, ExecDefinition definition, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(definition);
        using Transition transition = Enter(container, "Executing in", cancellation);
        StateRecord state = transition.State;
        if (state.Last == StateEvent.Paused)
        {
            throw IsPaused(container, "executed in");
        }

        if (!state.IsAlive)
        {
            throw NotRunning(container, "executed in");
        }

        ContainerRecord record = transition.Record;
        Spec spec = ExecSpecOf(record, transition.Paths);
        var request = new ExecRequest
        {
            ContainerId = container.Id,
            ContainerPid = state.Pid,
            ContainerStartTicks = state.StartTicks,
            Spec = definition.Privileged ? spec with { Linux = spec.Linux! with { Seccomp = null } } : spec,
            Process = ExecProcess.Compose(spec.Process!, record, definition),
            Cgroup = Cgroups.Open(record.CgroupPath),
            Stdio = new StdioSettings
            {
                OpenStdin = definition.OpenStdin,
                AttachStdin = definition.OpenStdin,
                AttachOutput = true,
            },
            SeccompCacheDirectory = Store.Root + "/cache/seccomp",
        };
        try
        {
            return new ContainerExec(container, ContainerLauncher.Exec(request, cancellation));
        }
        catch (LaunchException failure)
        {
            throw StartFailures.OfLaunch(failure, record, definition.Command);
        }
    }

    private void KillRun(Container container)
    {
        using Transition? transition = TryEnter(container, "Killing");
        if (transition is { } held && held.State is { IsAlive: true } state)
        {
            SetDesired(held, DesiredState.Stopped);
            Send(state, Signal.Kill);
        }
    }

    /// <summary>The monitor is told that its command is not needed only now: had this process died before, it would have been.</summary>
    private void EndRun(Container container, LaunchedContainer launched)
    {
        if (!container.AutoRemove)
        {
            return;
        }

        launched.TakeOverRemoval();
        using FileLock held = _store.Lock(container.Id, $"Removing the container {container.Name}");
        if (FileStamp.Of(container.View.Paths.Record).Exists)
        {
            RemoveLocked(container, held);
        }
        else
        {
            held.RemoveFile();
        }

        _spares.Replenish();
    }
}
