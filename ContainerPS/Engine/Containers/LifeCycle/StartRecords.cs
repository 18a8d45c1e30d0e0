using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>Makes the record of a start: its run number, and the process that a session ends with.</summary>
internal static class StartRecords
{
    public static StartRecord New(ContainerDefinition definition, int run)
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

    /// <summary>The one after the last. A first start that was recorded at create counts: its creator may have died on the way.</summary>
    public static StartRecord Next(Container container, in ContainerView.Seen seen)
    {
        int last = Math.Max(seen.LastStart?.Run ?? 0, seen.State.Run);
        // The file is not synced: after a crash of the host the exits tell how far the count had come.
        if (last == 0 && ContainerDocuments.TryRead(container.View.Paths.Exits) is { } exits)
        {
            last = StateLog.ReadExit(exits)?.Run ?? 0;
        }

        return New(container.View.KnownRecord.Definition, last + 1);
    }
}
