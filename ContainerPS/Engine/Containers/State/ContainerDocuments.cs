using System.Text.Json;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.State.Stored;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.State;

/// <summary>Reading of small files that may be gone, or torn, at any moment.</summary>
internal static class ContainerDocuments
{
    /// <summary>The content, or null when there is none to be had: also of what is no file, such as a FIFO.</summary>
    public static byte[]? TryRead(string path) => TryRead(path, out _);

    private static byte[]? TryRead(string path, out string? kind)
    {
        kind = null;
        try
        {
            return RegularFile.TryReadOwn(path);
        }
        catch (LinuxException)
        {
            return null;
        }
        catch (InvalidDataException other)
        {
            kind = other.Message;
            return null;
        }
    }

    /// <summary>A container's record; null when it is missing, damaged or of a newer engine.</summary>
    public static ContainerRecord? TryReadRecord(string path, string id) => ReadRecord(path, id, out _);

    /// <summary>The record of the container <paramref name="id"/>; null, with the reason as a sentence, when it cannot be used.</summary>
    public static ContainerRecord? ReadRecord(string path, string id, out string? damage)
    {
        damage = null;
        if (TryRead(path, out string? kind) is not { Length: > 0 } bytes)
        {
            damage = kind is null
                ? "Its record (container.json) is missing or empty."
                : $"Its record (container.json) is damaged: {kind} is in its place.";
            return null;
        }

        try
        {
            StoredContainer stored =
                JsonSerializer.Deserialize(bytes, StoredJson.Default.StoredContainer) ?? throw new JsonException("It is null.");
            damage = TooNew(stored.Schema, stored.MinReader);
            return damage is null ? ContainerMapper.ToRecord(stored, id) : null;
        }
        catch (Exception failure) when (failure is JsonException or NotSupportedException or ArgumentException)
        {
            // What a newer version changed may look like damage.
            damage = TooNew(bytes) ?? $"Its record (container.json) is damaged: {failure.Message}";
        }

        return null;
    }

    /// <summary>What container.json says of a container.</summary>
    public static byte[] BytesOf(ContainerRecord record) =>
        JsonSerializer.SerializeToUtf8Bytes(ContainerMapper.ToStored(record), StoredJson.Default.StoredContainer);

    private static string? TooNew(byte[] bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? TooNew(Number(document.RootElement, "schema"), Number(document.RootElement, "minReader"))
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static int? Number(JsonElement document, string member) =>
        document.TryGetProperty(member, out JsonElement value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt32(out int number)
            ? number
            : null;

    private static string? TooNew(int? schema, int? minReader) =>
        DocumentSchema.IsTooNew(schema, minReader, StoredContainer.CurrentSchema, out int needed)
            ? $"Its record was written by a newer version of ContainerPS (schema {schema ?? needed}, read by versions that know {needed}; "
                + $"this one knows {StoredContainer.CurrentSchema})."
            : null;
}
