using System.Text.Json;
using ContainerPS.Native.Launch;

namespace ContainerPS.Engine.Containers.State;

/// <summary>
/// Reads the append-only logs of a container: `state` in the run root, `exits` in the store. A line is one JSON object written by one
/// write(2). A torn tail, and any line that is not understood, is ignored: a newer monitor may write events that this engine does not know.
/// </summary>
internal static class StateLog
{
    /// <summary>The state that the lines of a `state` file come to.</summary>
    public static StateRecord Read(ReadOnlySpan<byte> log)
    {
        var state = default(StateRecord);
        while (NextLine(ref log, out ReadOnlySpan<byte> line))
        {
            if (TryParse(line, out Entry entry))
            {
                state = Apply(state, entry);
            }
        }

        return state;
    }

    /// <summary>The last end in an `exits` file; with <paramref name="run"/> the end of that run.</summary>
    public static RunExit? ReadExit(ReadOnlySpan<byte> log, int? run = null)
    {
        RunExit? last = null;
        while (NextLine(ref log, out ReadOnlySpan<byte> line))
        {
            if (TryParse(line, out Entry entry) && entry.Event == StateEvent.Exited && (run is null || entry.Run == run))
            {
                last = entry.ToExit();
            }
        }

        return last;
    }

    private static bool NextLine(ref ReadOnlySpan<byte> log, out ReadOnlySpan<byte> line)
    {
        int end = log.IndexOf((byte)'\n');
        line = end < 0 ? default : log[..end];
        log = end < 0 ? default : log[(end + 1)..];
        return end >= 0;
    }

    private static StateRecord Apply(StateRecord state, Entry entry) =>
        entry.Event switch
        {
            StateEvent.Running => new StateRecord
            {
                Last = StateEvent.Running,
                Run = entry.Run,
                Pid = entry.Pid,
                StartTicks = entry.Start,
                MonitorPid = entry.Monitor,
                MonitorStartTicks = entry.MonitorStart,
                StartedAt = entry.Time,
            },
            StateEvent.Adopted when state.IsAlive && state.Run == entry.Run => state with
            {
                MonitorPid = entry.Monitor,
                MonitorStartTicks = entry.MonitorStart,
            },
            // The monitor may have written the end before the engine wrote `paused`: an ended run stays ended.
            StateEvent.Paused when state.Last == StateEvent.Running => state with { Last = StateEvent.Paused },
            StateEvent.Resumed when state.Last == StateEvent.Paused => state with { Last = StateEvent.Running },
            StateEvent.Exited => state with { Last = StateEvent.Exited, Run = entry.Run, Exit = entry.ToExit() },
            StateEvent.StartFailed => state with { FailedStart = new FailedStart(entry.Run, entry.Reason ?? "", entry.Time) },
            StateEvent.CleanupFailed when entry.Step == CleanupStep.Cgroup => state with { CgroupLeft = entry.ToCleanupFailure() },
            StateEvent.CleanupFailed => state with { OnExitFailed = entry.ToCleanupFailure() },
            _ => state,
        };

    private static bool TryParse(ReadOnlySpan<byte> line, out Entry entry)
    {
        entry = default;
        var reader = new Utf8JsonReader(line);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && !entry.TryReadMember(ref reader))
                {
                    reader.Skip();
                }
            }

            return entry.Event != StateEvent.None;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private struct Entry
    {
        public StateEvent Event;
        public int Run;
        public int Pid;
        public long Start;
        public int Monitor;
        public long MonitorStart;
        public string? Reason;
        public CleanupStep Step;
        private int _code;
        private int _signal;
        private bool _oom;
        private long _at;

        public readonly DateTimeOffset Time => DateTimeOffset.UnixEpoch.AddTicks(_at / 100);

        public readonly RunExit ToExit() => new(Run, _code, _signal, _oom, Time);

        public readonly CleanupFailure ToCleanupFailure() => new(Run, _code, Time);

        public bool TryReadMember(ref Utf8JsonReader reader)
        {
            if (reader.ValueTextEquals("event"u8))
            {
                return reader.Read() && SetEvent(ref reader);
            }

            if (reader.ValueTextEquals("run"u8))
            {
                return Int(ref reader, out Run);
            }

            if (reader.ValueTextEquals("pid"u8))
            {
                return Int(ref reader, out Pid);
            }

            if (reader.ValueTextEquals("start"u8))
            {
                return Long(ref reader, out Start);
            }

            if (reader.ValueTextEquals("monitor"u8))
            {
                return Int(ref reader, out Monitor);
            }

            if (reader.ValueTextEquals("monitorStart"u8))
            {
                return Long(ref reader, out MonitorStart);
            }

            if (reader.ValueTextEquals("code"u8))
            {
                return Int(ref reader, out _code);
            }

            if (reader.ValueTextEquals("signal"u8))
            {
                return Int(ref reader, out _signal);
            }

            if (reader.ValueTextEquals("at"u8))
            {
                return Long(ref reader, out _at);
            }

            if (reader.ValueTextEquals("reason"u8))
            {
                return Text(ref reader, out Reason);
            }

            if (reader.ValueTextEquals("step"u8))
            {
                return reader.Read() && SetStep(ref reader);
            }

            if (!reader.ValueTextEquals("oom"u8))
            {
                return false;
            }

            reader.Read();
            _oom = reader.TokenType == JsonTokenType.True;
            return true;
        }

        private bool SetEvent(ref Utf8JsonReader reader)
        {
            // Upwards from the most frequent one.
            for (StateEvent known = StateEvent.Running; known <= StateEvents.Last; known++)
            {
                if (reader.ValueTextEquals(StateEvents.NameOf(known)))
                {
                    Event = known;
                    return true;
                }
            }

            Event = StateEvent.None;
            return true;
        }

        // A step of a newer version is the business of a newer engine; what the on-exit command would have done covers all that this one
        // knows.
        private bool SetStep(ref Utf8JsonReader reader)
        {
            Step = reader.ValueTextEquals(StateEvents.NameOf(CleanupStep.Cgroup)) ? CleanupStep.Cgroup : CleanupStep.OnExit;
            return true;
        }

        private static bool Int(ref Utf8JsonReader reader, out int value)
        {
            value = 0;
            return (reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out value)) || NotANumber();
        }

        private static bool Long(ref Utf8JsonReader reader, out long value)
        {
            value = 0;
            return (reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out value)) || NotANumber();
        }

        private static bool Text(ref Utf8JsonReader reader, out string? value)
        {
            value =
                reader.Read() && reader.TokenType == JsonTokenType.String
                    ? reader.GetString()
                    : throw new JsonException("A text is expected here.");
            return true;
        }

        private static bool NotANumber() => throw new JsonException("A number is expected here.");
    }
}
