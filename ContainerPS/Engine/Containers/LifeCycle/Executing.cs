using ContainerPS.Engine.Containers.Bundle;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Launch;
using Oci = ContainerPS.Native.Oci;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>Starts commands in running containers.</summary>
internal sealed class Executing(ContainerContext context, Transitions transitions, StartDocuments documents)
{
    public ContainerExec Exec(Container container, ExecDefinition definition, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(definition);
        using Transition transition = transitions.Enter(container, "Executing in", cancellation);
        StateRecord state = transition.State;
        if (!state.IsAlive)
        {
            throw StateErrors.NotRunning(container, "executed in");
        }

        if (state.Last == StateEvent.Paused)
        {
            throw StateErrors.IsPaused(container, "executed in");
        }

        ContainerRecord record = transition.Record;
        try
        {
            Oci.Spec spec = documents.ForExec(record, transition.Paths, definition.Privileged);
            LaunchedProcess process = ContainerLauncher.Exec(
                RequestOf(container, state, definition, spec, context.CgroupOf(record)),
                cancellation
            );
            string exec = context.Events.ExecStarted(record, definition.Command);
            return new ContainerExec(container, process, ended: exitCode => context.Events.ExecDied(record, exec, exitCode));
        }
        catch (LaunchException failure) when (failure.Kind == LaunchFailure.ContainerFrozen)
        {
            throw StateErrors.IsPaused(container, "executed in");
        }
        catch (Exception failure) when (failure is not OperationCanceledException and not EngineException)
        {
            throw StartFailures.OfExec(failure, record, definition.Command);
        }
    }

    private ExecRequest RequestOf(Container container, in StateRecord state, ExecDefinition definition, Oci.Spec spec, Cgroup cgroup) =>
        new()
        {
            ContainerId = container.Id,
            ContainerPid = state.Pid,
            ContainerStartTicks = state.StartTicks,
            Spec = definition.Privileged ? spec with { Linux = spec.Linux! with { Seccomp = null } } : spec,
            Process = ExecProcess.Compose(spec.Process!, container.View.KnownRecord, definition),
            Cgroup = cgroup,
            Stdio = new StdioSettings
            {
                OpenStdin = definition.OpenStdin,
                AttachStdin = definition.OpenStdin,
                AttachOutput = true,
            },
            SeccompCacheDirectory = context.SeccompCache,
        };
}
