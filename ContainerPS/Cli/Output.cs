using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ContainerPS.Cli;

/// <summary>Documents on stdout.</summary>
internal static class Output
{
    private static readonly JsonWriterOptions _indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Json<T>(T value, JsonTypeInfo<T> type)
    {
        using Stream output = Console.OpenStandardOutput();
        output.Write(Bytes(value, type));
    }

    /// <summary>Indented, with a final line end.</summary>
    public static byte[] Bytes<T>(T value, JsonTypeInfo<T> type)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, _indented))
        {
            JsonSerializer.Serialize(writer, value, type);
        }

        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }
}
