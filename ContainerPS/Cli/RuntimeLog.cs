using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ContainerPS.Cli;

/// <summary>
/// Failures and warnings in runc's form: one JSON object or logfmt line each, in the file of --log, which podman and containerd read, and
/// on stderr for people.
/// </summary>
internal sealed class RuntimeLog(string? path, bool json)
{
    public void Error(string message)
    {
        Write("error", message);
        Console.Error.WriteLine($"containerps: {message}");
    }

    public void Warn(string message)
    {
        Write("warning", message);
        Console.Error.WriteLine($"containerps: warning: {message}");
    }

    private void Write(string level, string message)
    {
        if (path is not null)
        {
            File.AppendAllText(path, (json ? Json(level, message) : Text(level, message)) + "\n");
        }
    }

    private static string Now() => DateTimeOffset.Now.ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture);

    private static string Text(string level, string message) => $"time=\"{Now()}\" level={level} msg={Quote(message)}";

    private static string Json(string level, string message)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            writer.WriteString("level", level);
            writer.WriteString("msg", message);
            writer.WriteString("time", Now());
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static string Quote(string text) =>
        "\""
        + text.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal)
        + "\"";
}
