using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>Runs a command in a container of its own, its streams the caller's: create, start, and at the end remove, in one.</summary>
internal sealed class AttachedRuns(ContainerContext context, Creating creating, Starting starting, Stopping stopping, Removal removal)
{
    public ContainerRun Run(ContainerDefinition definition, RunOptions? options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(definition);
        options ??= RunOptions.Default;
        using CreatedContainer created = creating.Create(
            definition with
            {
                AutoRemove = !options.Keep,
                OpenStdin = options.OpenStdin,
            },
            startsAtOnce: true
        );
        Container container = created.Container;
        StartRecord start = container.View.KnownRecord.FirstStart!;
        try
        {
            var stdio = new StdioSettings
            {
                OpenStdin = options.OpenStdin,
                AttachStdin = options.OpenStdin,
                AttachOutput = true,
            };
            LaunchedContainer launched = starting.StartLocked(container, start, start, stdio, created.Layer, cancellation);
            return new ContainerRun(container, launched, () => stopping.KillRun(container, start.Run), () => End(container, launched));
        }
        catch when (!options.Keep)
        {
            removal.Complete(container, created.Lock);
            throw;
        }
    }

    /// <summary>
    /// The monitor learns only now that its command is not needed: had this process died before, the command would have run.
    /// </summary>
    private void End(Container container, LaunchedContainer launched)
    {
        if (!container.AutoRemove)
        {
            return;
        }

        launched.TakeOverRemoval();
        using FileLock held = context.Store.Lock(container.Id, $"Removing the container {container.Name}");
        if (container.View is { IsThere: true, Damage: null })
        {
            removal.Complete(container, held);
        }
        else if (!container.View.IsThere)
        {
            held.RemoveFile();
        }

        context.Spares.Replenish();
    }
}
