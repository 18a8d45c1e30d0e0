using System.Globalization;
using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>
/// Throttles of block devices: <c>'8:0 rbps=1m wiops=100'</c> (the kernel's own words), or a hashtable with the names of the members.
/// </summary>
public sealed class IoMaxArgumentAttribute : ListArgumentAttribute<IoLimit>
{
    /// <inheritdoc/>
    protected override IEnumerable<IoLimit> Convert(EngineIntrinsics engine, object? element)
    {
        Dictionary<string, object?> members = DeviceText.Read("a throttle", element);
        RefuseUnknown("a throttle", members, "Device", "ReadBps", "WriteBps", "ReadIops", "WriteIops");
        return
        [
            new IoLimit
            {
                Device = DeviceText.Device("a throttle", members),
                ReadBps = Bytes(members, "ReadBps"),
                WriteBps = Bytes(members, "WriteBps"),
                ReadIops = Count(members, "ReadIops"),
                WriteIops = Count(members, "WriteIops"),
            },
        ];
    }

    private static long? Bytes(Dictionary<string, object?> members, string name) =>
        members.TryGetValue(name, out object? value) && value is not null ? ByteSize.Parse(Argument.Text(value)).Bytes : null;

    private static long? Count(Dictionary<string, object?> members, string name)
    {
        if (!members.TryGetValue(name, out object? value) || value is null)
        {
            return null;
        }

        string text = Argument.Text(value);
        if (text is "max" or "-1")
        {
            return -1;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long count)
            ? count
            : throw new FormatException($"'{text}' is not a number of operations a second.");
    }
}

/// <summary>Device name=value …: how the kernel writes settings that belong to a device.</summary>
internal static class DeviceText
{
    public static Dictionary<string, object?> Read(string what, object? element)
    {
        if (Argument.Members(element) is { } members)
        {
            return new(members, StringComparer.OrdinalIgnoreCase);
        }

        string[] parts = Argument.Text(element).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length < 2)
        {
            throw new FormatException(
                $"'{Argument.Text(element)}' is not {what}. Write a device and its values: '8:0 rbps=1m', or a hashtable."
            );
        }

        var result = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase) { ["Device"] = parts[0] };
        foreach (string[]? pair in parts.Skip(1).Select(p => p.Split('=', 2)))
        {
            if (pair.Length != 2 || !result.TryAdd(Member(pair[0]), pair[1]))
            {
                throw new FormatException($"'{string.Join('=', pair)}' is not name=value, or is given twice.");
            }
        }

        return result;
    }

    public static string Device(string what, Dictionary<string, object?> members) =>
        members.TryGetValue("Device", out object? device) && Argument.Text(device) is { Length: > 0 } text
            ? text
            : throw new FormatException($"{char.ToUpperInvariant(what[0])}{what[1..]} needs a device: its path, or major:minor.");

    private static string Member(string kernelName) =>
        kernelName switch
        {
            "rbps" => "ReadBps",
            "wbps" => "WriteBps",
            "riops" => "ReadIops",
            "wiops" => "WriteIops",
            "target" => "Target",
            _ => kernelName,
        };
}
