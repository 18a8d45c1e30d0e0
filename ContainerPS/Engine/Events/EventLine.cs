using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ContainerPS.Native.Launch;

namespace ContainerPS.Engine.Events;

/// <summary>An event as a line of the journal, and back. The layout is drawn at <see cref="EventFormat"/>.</summary>
internal static class EventLine
{
    // Names of other scripts stay readable. The file is JSON, and is not embedded in a web page.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Lines with their ends, for one append.</summary>
    public static ReadOnlySpan<byte> Format(params ReadOnlySpan<EventEntry> events)
    {
        var lines = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(lines, Options);
        foreach (EventEntry entry in events)
        {
            Format(json, entry);
            json.Flush();
            lines.Write("\n"u8);
            json.Reset();
        }

        return lines.WrittenSpan;
    }

    /// <summary>The members that say whose an event is, for a monitor: without braces.</summary>
    public static string ActorMembers(string id, string? name, string? image)
    {
        var text = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(text, Options);
        json.WriteStartObject();
        WriteActor(json, id, name, image);
        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(text.WrittenSpan[1..^1]);
    }

    /// <summary>
    /// The event of a line. Members that are not known, of a newer version, are left out. What a killed writer or a full disk has left of
    /// an event may stand before it. False for what is no event: damage.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> line, long sequence, [NotNullWhen(true)] out ContainerEvent? found)
    {
        found = Parse(line, sequence);
        if (found is null && line.LastIndexOf(EventFormat.Head) is > 0 and int begin)
        {
            found = Parse(line[begin..], sequence);
        }

        return found is not null;
    }

    private static ContainerEvent? Parse(ReadOnlySpan<byte> line, long sequence)
    {
        var parsed = new Parsed();
        try
        {
            var reader = new Utf8JsonReader(line);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                parsed.ReadMember(ref reader);
            }

            // Nothing may follow the object.
            return reader.TokenType == JsonTokenType.EndObject && !reader.Read() ? parsed.ToEvent(sequence) : null;
        }
        catch (Exception damage) when (damage is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static void Format(Utf8JsonWriter json, EventEntry entry)
    {
        json.WriteStartObject();
        json.WriteNumber("at"u8, entry.AtNanoseconds);
        json.WriteString("type"u8, entry.Type);
        json.WriteString("action"u8, entry.Action);
        WriteActor(json, entry.Id, entry.Name, entry.Image);
        if (entry.ExitCode is { } code)
        {
            json.WriteNumber("exitCode"u8, code);
        }

        if (entry.Attributes.Count > 0)
        {
            json.WriteStartObject("attributes"u8);
            foreach ((string name, string value) in entry.Attributes)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteActor(Utf8JsonWriter json, string id, string? name, string? image)
    {
        json.WriteString("id"u8, id);
        if (name is not null)
        {
            json.WriteString("name"u8, name);
        }

        if (image is not null)
        {
            json.WriteString("image"u8, image);
        }
    }

    private struct Parsed
    {
        private long? _at;
        private string? _type;
        private string? _action;
        private string? _id;
        private string? _name;
        private string? _image;
        private int? _exitCode;
        private Dictionary<string, string>? _attributes;

        public void ReadMember(ref Utf8JsonReader reader)
        {
            if (reader.ValueTextEquals("at"u8))
            {
                reader.Read();
                _at = reader.GetInt64();
            }
            else if (reader.ValueTextEquals("type"u8))
            {
                _type = Text(ref reader);
            }
            else if (reader.ValueTextEquals("action"u8))
            {
                _action = Text(ref reader);
            }
            else if (reader.ValueTextEquals("id"u8))
            {
                _id = Text(ref reader);
            }
            else if (reader.ValueTextEquals("name"u8))
            {
                _name = Text(ref reader);
            }
            else if (reader.ValueTextEquals("image"u8))
            {
                _image = Text(ref reader);
            }
            else if (reader.ValueTextEquals("exitCode"u8))
            {
                reader.Read();
                _exitCode = reader.GetInt32();
            }
            else if (reader.ValueTextEquals("attributes"u8))
            {
                reader.Read();
                ReadAttributes(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        public readonly ContainerEvent? ToEvent(long sequence) =>
            _at is { } at && _type is { } type && _action is { } action
                ? new ContainerEvent
                {
                    Sequence = sequence,
                    Time = DateTimeOffset.UnixEpoch.AddTicks(at / 100),
                    Type = type,
                    Action = action,
                    Actor = new EventActor
                    {
                        Id = _id ?? "",
                        Name = _name,
                        Image = _image,
                    },
                    Attributes = _attributes ?? [],
                    ExitCode = _exitCode,
                }
                : null;

        /// <summary>Texts as they are; what a newer version may have put there instead, as JSON.</summary>
        private void ReadAttributes(ref Utf8JsonReader reader)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw new JsonException("Attributes are an object.");
            }

            _attributes = [];
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                reader.Read();
                if (reader.TokenType == JsonTokenType.String)
                {
                    _attributes[name] = reader.GetString()!;
                    continue;
                }

                using var value = JsonDocument.ParseValue(ref reader);
                _attributes[name] = value.RootElement.GetRawText();
            }
        }

        private static string? Text(ref Utf8JsonReader reader)
        {
            reader.Read();
            return reader.GetString();
        }
    }
}
