using System.Globalization;
using System.Security.Cryptography;

namespace ContainerPS.Engine.Containers.Security;

/// <summary>
/// SELinux labels of containers. The types are those of container-selinux; the level, two categories, keeps one container from another's
/// files, as the policy's multi-category security has it.
/// </summary>
internal static class SeLinuxLevels
{
    /// <summary>c0 to c1023, the categories of the targeted policy.</summary>
    private const int Categories = 1024;
    private const int Pairs = Categories * (Categories - 1) / 2;

    private const string ProcessLabel = "system_u:system_r:container_t:";
    private const string FileLabel = "system_u:object_r:container_file_t:";

    /// <summary>A pair at random that no container in use has, or the next free one: "s0:c17,c902", the smaller category first.</summary>
    /// <exception cref="EngineException">All 523,776 pairs are in use.</exception>
    public static string Choose(IReadOnlySet<string> inUse)
    {
        int start = RandomNumberGenerator.GetInt32(Pairs);
        return Enumerable
                .Range(0, Pairs)
                .Select(offset => LevelAt((start + offset) % Pairs))
                .FirstOrDefault(level => !inUse.Contains(level))
            ?? throw new EngineException(
                ErrorIds.EngineFailure,
                EngineErrorKind.LimitExceeded,
                $"No SELinux level is free: {inUse.Count} containers have one each.",
                remedy: "Remove containers that are not needed."
            );
    }

    /// <summary>The pairs in the order (0,1), (0,2), (1,2), (0,3), …: those with a second category of n begin at n(n-1)/2.</summary>
    private static string LevelAt(int index)
    {
        int second = (int)((1 + Math.Sqrt(1 + (8.0 * index))) / 2);
        int first = index - (second * (second - 1) / 2);
        return string.Create(CultureInfo.InvariantCulture, $"s0:c{first},c{second}");
    }

    public static string ProcessLabelOf(string level) => ProcessLabel + level;

    /// <summary>A process's label with that of the files it may write.</summary>
    public static SecurityLabels LabelsOf(string? processLabel) =>
        LevelOf(processLabel) is { } level
            ? new SecurityLabels { ProcessLabel = processLabel, MountLabel = FileLabel + level }
            : SecurityLabels.None;

    /// <summary>The level of a label, "s0:c17,c902"; null for one of another form.</summary>
    public static string? LevelOf(string? label)
    {
        string[] parts = (label ?? "").Split(':', 4);
        return parts.Length == 4 ? parts[3] : null;
    }
}
