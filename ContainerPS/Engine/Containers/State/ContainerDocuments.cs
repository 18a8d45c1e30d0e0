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
    public static ContainerRecord? TryReadRecord(string path)
    {
        try
        {
            ContainerRecord? record = TryRead(path) is { Length: > 0 } bytes
                ? JsonSerializer.Deserialize(bytes, ContainerJson.Default.ContainerRecord)
                : null;
            return record is { Schema: <= ContainerRecord.CurrentSchema } ? record : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
