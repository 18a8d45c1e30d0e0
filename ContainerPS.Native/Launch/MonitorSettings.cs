using ContainerPS.Native.Cgroups;

namespace ContainerPS.Native.Launch;

/// <summary>How the monitor keeps a container and where its files are.</summary>
public sealed record MonitorSettings
{
    /// <summary>
    /// <c>&lt;runroot&gt;/containers/&lt;id&gt;</c>: state, monitor.lock and the FIFOs. It exists; the launcher makes the files.
    /// </summary>
    public required string RunDirectory { get; init; }

    /// <summary><c>&lt;root&gt;/containers/&lt;id&gt;</c>: the file <c>exits</c>.</summary>
    public required string DurableDirectory { get; init; }

    /// <summary>
    /// <c>&lt;runroot&gt;/exits/&lt;id&gt;</c>: a second copy of the exit record for waiters after an auto-remove; null for none.
    /// </summary>
    public string? RecentExitPath { get; init; }

    /// <summary>Where the monitor writes that the container has started and has ended; null for nowhere.</summary>
    public EventSettings? Events { get; init; }

    public required string LogDirectory { get; init; }
    public long LogMaxSize { get; init; } = 10_000_000;
    public int LogMaxFiles { get; init; } = 3;

    /// <summary>Counts the starts of this container, from 1.</summary>
    public required int Run { get; init; }

    /// <summary>fdatasync of the exit record before anyone is told; false for containers that are thrown away.</summary>
    public bool RecordExitDurably { get; init; } = true;

    /// <summary>
    /// Program (an absolute path, opened at the start; no script) and arguments that the monitor executes after the exit when the starter
    /// has not taken that over; null for none.
    /// </summary>
    public IReadOnlyList<string>? OnExitCommand { get; init; }

    /// <summary>Its whole environment.</summary>
    public IReadOnlyList<string> OnExitEnvironment { get; init; } = [];

    /// <summary>
    /// Where the monitor goes once the container runs: out of its starter's cgroup, whose limits, freezing and end (a service that is
    /// stopped) are not meant for it. Null leaves it there.
    /// </summary>
    public MonitorGroup? Group { get; init; }

    /// <summary>
    /// The monitor removes the container's cgroup at the end of the run, before the exit is recorded. False where the starter does that
    /// itself. Processes that are left in the cgroup are killed in both cases.
    /// </summary>
    public bool RemoveCgroup { get; init; } = true;

    /// <summary>Lifetime Session: the monitor kills the container when the starter ends.</summary>
    public bool EndWithStarter { get; init; }
}

/// <summary>How a monitor writes to the event journal.</summary>
/// <param name="Directory">Of the journal. It exists.</param>
/// <param name="Actor">
/// The members of an event that say whose it is, as JSON text without braces and line feeds: <c>"id":"…","name":"…"</c>. At most
/// <see cref="LongestActor"/> bytes.
/// </param>
/// <param name="SegmentSize">See <see cref="EventFormat.SegmentSize"/>.</param>
public sealed record EventSettings(string Directory, string Actor, long SegmentSize = EventFormat.SegmentSize)
{
    /// <summary>The room that a monitor has for it.</summary>
    public const int LongestActor = 2048;
}
