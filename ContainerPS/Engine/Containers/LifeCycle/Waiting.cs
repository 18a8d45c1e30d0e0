using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>Waits for the ends of runs. A waiter sees to it that a dead monitor is replaced, or its end would never be recorded.</summary>
internal sealed class Waiting(Reconciling reconciling)
{
    /// <summary>
    /// Waits until the run that is going on has ended; one that ended before, in another process, or was removed within the last hour, is
    /// reported at once. A container that was never started throws; <paramref name="timeout"/> throws
    /// <see cref="ContainerTimeoutException"/>.
    /// </summary>
    public async Task<ExitStatus> WaitAsync(Container container, TimeSpan? timeout, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(container);
        if (
            container.View.Current is { IsAlive: true } state
            && !await ForEndAsync(container, state.Run, timeout ?? Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false)
        )
        {
            throw new ContainerTimeoutException(
                ErrorIds.WaitTimeout,
                FormattableString.Invariant($"Container '{container.Name}' has not ended within {timeout!.Value.TotalSeconds:0.###} s."),
                container.Name
            );
        }

        if (container.View.Exit is { } exit)
        {
            return new ExitStatus(exit.ShellCode, container.ExitSignal, exit.OomKilled, exit.At, container.Error);
        }

        throw container.State is ContainerState.Removed or ContainerState.Removing
            ? ContainerObjectNotFoundException.Container(container.Name)
            : new ContainerStateException(
                ErrorIds.ContainerNotRunning,
                $"Container '{container.Name}' cannot be waited for: it has not been started.",
                container.State.ToString(),
                nameof(ContainerState.Running),
                container.Name,
                $"Start it first (Start-Container {container.Name})."
            );
    }

    /// <summary>Waits until the end of a run is recorded, or another run has begun; false after the timeout.</summary>
    public async Task<bool> ForEndAsync(Container container, int run, TimeSpan timeout, CancellationToken cancellation)
    {
        long end = timeout == Timeout.InfiniteTimeSpan ? long.MaxValue : Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        using var watch = new RunWatch(container);
        while (container.View.Current is { IsAlive: true } state && state.Run == run)
        {
            cancellation.ThrowIfCancellationRequested();
            long left = end == long.MaxValue ? System.Threading.Timeout.Infinite : end - Environment.TickCount64;
            if (end != long.MaxValue && left <= 0)
            {
                return false;
            }

            using Pidfd? monitor = state.Monitor.Open();
            if (monitor is null)
            {
                // Under the lock: a process that is adopting it just now is waited for.
                reconciling.Reconcile(container, "Waiting for", cancellation);
                continue;
            }

            await watch.WaitAsync(monitor, TimeSpan.FromMilliseconds(left), cancellation).ConfigureAwait(false);
        }

        return true;
    }
}
