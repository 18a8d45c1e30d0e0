using System.Text.Json;
using ContainerPS.Engine.Containers.State.Stored;

namespace ContainerPS.Engine.Containers.State;

/// <summary>
/// `start`: the last start and what is wanted since. Apart from container.json, because it changes with every start and stop and is never
/// synced, while the definition is: a crash of the host may cost this file, never the container.
/// </summary>
internal sealed record StartRecord
{
    /// <summary>Counts from 1.</summary>
    public int Run { get; init; }

    public string BootId { get; init; } = "";

    public DateTimeOffset At { get; init; }

    /// <summary>What was last asked for; a stop says so before it signals.</summary>
    public DesiredState Desired { get; init; }

    /// <summary>The process that a container of lifetime Session ends with: its pid and field 22 of its /proc/PID/stat.</summary>
    public int? StarterPid { get; init; }

    public long StarterStartTicks { get; init; }

    /// <summary>Why the start did not reach exec.</summary>
    public string? Error { get; init; }

    public static StartRecord? TryRead(string path)
    {
        try
        {
            return ContainerDocuments.TryRead(path) is { Length: > 0 } bytes
                ? JsonSerializer.Deserialize(bytes, StoredJson.Default.StartRecord)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
