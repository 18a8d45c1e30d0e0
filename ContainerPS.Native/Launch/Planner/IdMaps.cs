using System.Text;
using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>Id mappings of user namespaces.</summary>
internal static class IdMaps
{
    /// <summary>Lines as /proc/PID/uid_map wants them.</summary>
    public static string Text(IReadOnlyList<LinuxIdMapping> mappings) =>
        mappings
            .Aggregate(
                new StringBuilder(),
                (text, map) => text.Append(map.ContainerID).Append(' ').Append(map.HostID).Append(' ').Append(map.Size).Append('\n')
            )
            .ToString();

    /// <summary>The id on the host behind one of the container; the same without mappings, null where none covers it.</summary>
    public static uint? ToHost(IReadOnlyList<LinuxIdMapping>? mappings, uint id)
    {
        if (mappings is not { Count: > 0 })
        {
            return id;
        }

        LinuxIdMapping? map = mappings.FirstOrDefault(map => id >= map.ContainerID && id - map.ContainerID < map.Size);
        return map is null ? null : map.HostID + (id - map.ContainerID);
    }
}
