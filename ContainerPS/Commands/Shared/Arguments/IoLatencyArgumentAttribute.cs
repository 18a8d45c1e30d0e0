using System.Globalization;
using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>Latency targets of block devices: <c>'8:0 target=10ms'</c>, or a hashtable with Device and Target.</summary>
public sealed class IoLatencyArgumentAttribute : ListArgumentAttribute<IoLatency>
{
    /// <inheritdoc/>
    protected override IEnumerable<IoLatency> Convert(EngineIntrinsics engine, object? element)
    {
        Dictionary<string, object?> members = DeviceText.Read("a latency target", element);
        RefuseUnknown("a latency target", members, "Device", "Target");
        if (!members.TryGetValue("Target", out object? target) || target is null)
        {
            throw new FormatException("A latency target needs a time: '8:0 target=10ms'.");
        }

        return [new IoLatency(DeviceText.Device("a latency target", members), Target(target))];
    }

    private static TimeSpan Target(object target)
    {
        if (Argument.Unwrap(target) is TimeSpan span)
        {
            return span;
        }

        string text = Argument.Text(target);
        // io.latency itself counts microseconds, the durations of this module seconds: a bare number would be read wrongly by one half of
        // the users.
        return decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out _)
            ? throw new FormatException($"'{text}' needs a unit: {text}us, {text}ms.")
            : Duration.Parse(text).Value;
    }
}
