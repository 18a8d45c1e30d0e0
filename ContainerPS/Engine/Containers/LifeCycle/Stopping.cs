using System.Globalization;
using ContainerPS.Engine.Containers.Limits;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>
/// Stops containers and sends them signals. Each call is about one run: a container that somebody starts again meanwhile is left alone.
/// </summary>
internal sealed class Stopping(ContainerContext context, Transitions transitions, EndOfRun ends, Waiting waiting)
{
    /// <summary>
    /// The stop signal (or <paramref name="signal"/>), and after <paramref name="timeout"/> (null: the container's own) SIGKILL to all of
    /// the cgroup. No effect on a container that does not run.
    /// </summary>
    public async Task StopAsync(Container container, TimeSpan? timeout, Signal? signal, CancellationToken cancellation)
    {
        if (Begin(container, signal, cancellation) is not { } run)
        {
            return;
        }

        if (!await waiting.ForEndAsync(container, run, timeout ?? container.StopTimeout, cancellation).ConfigureAwait(false))
        {
            await KillAsync(container, run, cancellation).ConfigureAwait(false);
        }

        // One that was removed meanwhile has told its last.
        if (FileStamp.Of(container.View.Paths.Record).Exists)
        {
            context.Events.Record(container.View.KnownRecord, EventActions.Stop, ("run", run.ToString(CultureInfo.InvariantCulture)));
        }
    }

    private async Task KillAsync(Container container, int run, CancellationToken cancellation)
    {
        using (Transition? transition = transitions.TryEnter(container, "Stopping"))
        {
            if (transition is { } held)
            {
                ends.KillAll(held.Container, run);
            }
        }

        if (!await waiting.ForEndAsync(container, run, EndOfRun.Timeout, cancellation).ConfigureAwait(false))
        {
            throw StateErrors.StopTimedOut(container, EndOfRun.Timeout);
        }
    }

    /// <summary>Sends a signal to the first process; SIGKILL ends all of the container.</summary>
    public void Kill(Container container, Signal signal)
    {
        using Transition transition = transitions.Enter(container, "Signalling");
        StateRecord state = transition.State;
        if (!state.IsAlive)
        {
            throw StateErrors.NotRunning(container, "signalled");
        }

        if (signal != Signal.Kill)
        {
            ends.SendSignal(container, state, signal);
            return;
        }

        transition.SetDesired(DesiredState.Stopped);
        ends.KillAll(container, state.Run);
    }

    /// <summary>
    /// As <see cref="Kill"/> for an attached run that its starter gives up: no error when it has ended, or another run has begun.
    /// </summary>
    public void KillRun(Container container, int run)
    {
        using Transition? transition = transitions.TryEnter(container, "Killing");
        if (transition is not { } held || held.State is not { IsAlive: true } state || state.Run != run)
        {
            return;
        }

        held.SetDesired(DesiredState.Stopped);
        ends.KillAll(container, run);
    }

    /// <summary>Records that it shall stop, and signals. The number of the run that is being stopped; null when there is none.</summary>
    private int? Begin(Container container, Signal? signal, CancellationToken cancellation)
    {
        using Transition transition = transitions.Enter(container, "Stopping", cancellation);
        StateRecord state = transition.State;
        if (!state.IsAlive)
        {
            ends.EndLost(container);
            return null;
        }

        transition.SetDesired(DesiredState.Stopped);
        ends.SendSignal(container, state, signal ?? container.StopSignal);
        // A frozen process handles no signal. The kernel is asked: the freezing may not have been recorded, or be somebody else's.
        CgroupFailures.Translate(
            container.Name,
            () =>
            {
                Cgroup cgroup = context.CgroupOf(container);
                if (state.Last == StateEvent.Paused || cgroup.IsFrozen)
                {
                    Freezing.Thaw(transition, cgroup, context.Events);
                }
            }
        );
        return state.Run;
    }
}
