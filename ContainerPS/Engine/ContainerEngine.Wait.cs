using System.Diagnostics;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine;

public sealed partial class ContainerEngine
{
    /// <summary>How often a waiter looks whether it is cancelled, and whether the monitor is still there to record the end.</summary>
    private static readonly TimeSpan WaitSlice = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Waits until a container is not running and tells how it ended, also when that was long ago, in another process, or when it has been
    /// removed since (for an hour). A container that was never started throws; <paramref name="timeout"/> throws
    /// <see cref="ContainerTimeoutException"/>.
    /// </summary>
    public ExitStatus Wait(Container container, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(container);
        if (!WaitForEnd(container, timeout ?? Timeout.InfiniteTimeSpan, cancellation))
        {
            throw new ContainerTimeoutException(
                ErrorIds.WaitTimeout,
                $"Container '{container.Name}' has not ended within {timeout!.Value.TotalSeconds:0.###} s.",
                container.Name
            );
        }

        RunExit? exit = container.View.Exit;
        if (exit is not null)
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

    /// <summary>Waits until the end is recorded (or there is nothing to wait for); false after the timeout.</summary>
    private bool WaitForEnd(Container container, TimeSpan timeout, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        while (container.View.Current is { IsAlive: true } state)
        {
            cancellation.ThrowIfCancellationRequested();
            TimeSpan left = timeout == Timeout.InfiniteTimeSpan ? WaitSlice : timeout - clock.Elapsed;
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            WaitSliceFor(container, state, left < WaitSlice ? left : WaitSlice, cancellation);
        }

        return true;
    }

    private void WaitSliceFor(Container container, in StateRecord state, TimeSpan slice, CancellationToken cancellation)
    {
        using Pidfd? process = InitOf(state).Open();
        if (process is not null && !process.WaitForExit(slice))
        {
            // Whoever waits sees to it that the end will be recorded.
            if (!MonitorOf(state).IsAlive)
            {
                ReconcileQuietly(container);
            }

            return;
        }

        // It has ended; the monitor still drains its output and writes the record.
        if (!MonitorOf(state).IsAlive && container.View.Current.IsAlive)
        {
            ReconcileQuietly(container);
        }
        else
        {
            cancellation.WaitHandle.WaitOne(1);
        }
    }
}
