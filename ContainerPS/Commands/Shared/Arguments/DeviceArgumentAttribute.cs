using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>Devices: <c>/dev/fuse</c>, <c>/dev/sda:/dev/xvda</c>, <c>/dev/sda:/dev/xvda:r</c>.</summary>
public sealed class DeviceArgumentAttribute : ListArgumentAttribute<ContainerDevice>
{
    /// <inheritdoc/>
    protected override IEnumerable<ContainerDevice> Convert(EngineIntrinsics engine, object? element)
    {
        string text = Argument.Text(element);
        string[] parts = text.Split(':');
        string access = parts.Length > 1 && IsAccess(parts[^1]) ? parts[^1] : "rwm";
        string[] paths = access == parts[^1] ? parts[..^1] : parts;
        if (paths.Length is < 1 or > 2 || !paths.All(p => p.StartsWith('/')))
        {
            throw new FormatException($"'{text}' is not a device. Write /dev/fuse, /dev/sda:/dev/xvda, or /dev/sda:/dev/xvda:r.");
        }

        return [new ContainerDevice(paths[0], paths[^1], access)];
    }

    private static bool IsAccess(string text) =>
        text.Length is >= 1 and <= 3 && text.All(c => c is 'r' or 'w' or 'm') && text.Distinct().Count() == text.Length;
}
