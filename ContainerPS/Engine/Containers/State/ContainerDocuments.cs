using System.Text.Json;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.State;

/// <summary>Reading of small files that may be gone, or torn, at any moment.</summary>
internal static class ContainerDocuments
{
    /// <summary>The content, or null when there is none to be had.</summary>
    public static byte[]? TryRead(string path)
    {
        try
        {
            using FileDescriptor? file = Files.TryOpenAt(FileDescriptor.CurrentDirectory, path);
            return file?.ReadToEnd();
        }
        catch (LinuxException)
        {
            return null;
        }
    }

    /// <summary>A container's record; null when it is missing, damaged or of a newer engine.</summary>
    public static ContainerRecord? TryReadRecord(string path) => ReadRecord(path, out _);

    /// <summary>A container's record; null, with the reason as a sentence, when it cannot be used.</summary>
    public static ContainerRecord? ReadRecord(string path, out string? damage)
    {
        damage = null;
        try
        {
            if (TryRead(path) is not { Length: > 0 } bytes)
            {
                damage = "Its record (container.json) is missing or empty.";
                return null;
            }

            ContainerRecord? record = JsonSerializer.Deserialize(bytes, ContainerJson.Default.ContainerRecord);
            if (record is { Schema: <= ContainerRecord.CurrentSchema })
            {
                return record;
            }

            damage = record is null
                ? "Its record (container.json) is damaged: it is null."
                : "Its record was written by a newer version of ContainerPS "
                    + $"(schema {record.Schema}, this one reads {ContainerRecord.CurrentSchema}).";
        }
        catch (Exception failure) when (failure is JsonException or NotSupportedException or ArgumentException)
        {
            damage = $"Its record (container.json) is damaged: {failure.Message}";
        }

        return null;
    }
}
