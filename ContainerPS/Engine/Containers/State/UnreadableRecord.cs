using System.Text.Json;
using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Engine.Containers.State.Stored;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.State;

/// <summary>
/// What stands for the record of a container that cannot be read, because it is damaged or a newer version wrote it: enough to list the
/// container, and to remove it. Members of a newer record are taken where they are found under the names that they have here.
/// </summary>
internal static class UnreadableRecord
{
    /// <param name="paths">Of the container.</param>
    /// <param name="name">The name that leads to it; null where none does.</param>
    public static ContainerRecord Of(ContainerPaths paths, string? name)
    {
        using JsonDocument? document = Parse(paths.Record);
        return new ContainerRecord
        {
            Id = paths.Id,
            Name = name ?? NameIn(document) ?? paths.Id[..12],
            CreatedAt = Created(document, paths),
            Definition = new ContainerDefinition(),
            Process = new ProcessFacts(),
            RootFs = new RootFsFacts([], ReadOnly: false),
            CgroupPath = Text(document, "cgroupPath") is { } path && ContainerMapper.IsCgroupPathOf(path, paths.Id) ? path : "",
            Namespaces = [],
            Security = new ContainerSecurity(),
        };
    }

    private static JsonDocument? Parse(string path)
    {
        try
        {
            return ContainerDocuments.TryRead(path) is { } bytes ? JsonDocument.Parse(bytes) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? NameIn(JsonDocument? document)
    {
        try
        {
            string? name = Text(document, "name");
            ContainerName.Validate(name ?? "");
            return name;
        }
        catch (EngineException)
        {
            return null;
        }
    }

    private static string? Text(JsonDocument? document, string member) =>
        document?.RootElement is { ValueKind: JsonValueKind.Object } root
        && root.TryGetProperty(member, out JsonElement value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static DateTimeOffset Created(JsonDocument? document, ContainerPaths paths)
    {
        if (
            DateTimeOffset.TryParse(
                Text(document, "createdAt"),
                System.Globalization.CultureInfo.InvariantCulture,
                out DateTimeOffset created
            )
        )
        {
            return created;
        }

        // The directory is made first of all.
        return Files.TryStatusAt(FileDescriptor.CurrentDirectory, paths.Directory, out FileStatus status)
            ? DateTimeOffset.UnixEpoch.AddTicks(status.ModifiedNanoseconds / 100)
            : DateTimeOffset.UnixEpoch;
    }
}
