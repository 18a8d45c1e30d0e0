using System.Globalization;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Engine.Events;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>
/// What the engine writes about containers into the event journal. That one has started and has ended is written by its monitor, which
/// lives longer than the starter; the engine writes the end of a run only where the monitor was killed.
/// </summary>
internal sealed class ContainerEvents(EventJournal journal)
{
    /// <summary>Characters.</summary>
    private const int LongestCommand = 1024;

    public void Record(ContainerRecord record, string action, params IReadOnlyList<(string Name, string Value)> attributes) =>
        journal.Append(Entry(record, action, attributes));

    /// <summary>Before the signal is sent: what it does comes after it.</summary>
    public void Killed(ContainerRecord record, Signal signal) => Record(record, EventActions.Kill, Of(signal));

    /// <summary>The end of a run, unless the monitor has written it before it died. The caller holds the container's lock.</summary>
    public void Died(ContainerRecord record, RunExit exit)
    {
        var attributes = new List<(string, string)> { ("run", Number(exit.Run)) };
        if (exit.Signal > 0)
        {
            attributes.Add(("signal", Number(exit.Signal)));
        }

        EventEntry died = Entry(record, EventActions.Die, attributes) with { ExitCode = exit.ShellCode };
        // Of an end that nobody saw the time is unknown too.
        journal.AppendOnce(exit.ShellCode is null ? died : died with { AtNanoseconds = (exit.At - DateTimeOffset.UnixEpoch).Ticks * 100 });
    }

    /// <summary>Whether the end of a run is told.</summary>
    public bool HasDied(ContainerRecord record, int run) => journal.Has(Entry(record, EventActions.Die, [("run", Number(run))]));

    /// <summary>Tells that something was written; null where there is no journal.</summary>
    public Inotify? TryWatch() => Inotify.TryWatchDirectory(journal.Directory);

    /// <summary>A removal that a killed process had begun is complete.</summary>
    public void Destroyed(ContainerRecord record) => journal.AppendOnce(Entry(record, EventActions.Destroy, []));

    /// <summary>A command runs in a container. The id names it in the event of its end.</summary>
    public string ExecStarted(ContainerRecord record, IReadOnlyList<string> command)
    {
        // It is no secret, and a cryptographic library costs more than the event does.
        string id = $"{Guid.NewGuid():N}{Guid.NewGuid():N}";
        EventEntry created = Entry(record, EventActions.ExecCreate, [("execID", id), ("command", Shortened(string.Join(' ', command)))]);
        journal.Append(created, created with { Action = EventActions.ExecStart });
        return id;
    }

    public void ExecDied(ContainerRecord record, string execId, int? exitCode) =>
        journal.Append(Entry(record, EventActions.ExecDie, [("execID", execId)]) with { ExitCode = exitCode });

    /// <summary>What the monitor of a container needs to write its own.</summary>
    public EventSettings ForMonitor(ContainerRecord record)
    {
        journal.Prepare();
        string actor = EventLine.ActorMembers(record.Id, record.Name, ImageOf(record));
        // The path of a root file system may be as long as that. The id alone finds the container.
        if (System.Text.Encoding.UTF8.GetByteCount(actor) > EventSettings.LongestActor)
        {
            actor = EventLine.ActorMembers(record.Id, record.Name, null);
        }

        return new EventSettings(journal.Directory, actor, journal.SegmentSize);
    }

    private static EventEntry Entry(ContainerRecord record, string action, IReadOnlyList<(string Name, string Value)> attributes) =>
        new(EventTypes.Container, action, record.Id)
        {
            Name = record.Name,
            Image = ImageOf(record),
            Attributes = attributes,
        };

    private static string? ImageOf(ContainerRecord record) =>
        record.Image?.Reference ?? record.Definition.RootFs ?? record.Definition.OciSpecPath;

    /// <summary>A few commands with all of a long argument would take the room of all other events.</summary>
    private static string Shortened(string text)
    {
        if (text.Length <= LongestCommand)
        {
            return text;
        }

        // Not within a surrogate pair.
        int length = char.IsHighSurrogate(text[LongestCommand - 1]) ? LongestCommand - 1 : LongestCommand;
        return text[..length] + "…";
    }

    private static (string, string) Of(Signal signal) => ("signal", Number((int)signal));

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
