using ContainerPS.Native.Linux;

namespace ContainerPS.Commands;

/// <summary>A signal: TERM, SIGTERM, 15.</summary>
public sealed class SignalArgumentAttribute : TextArgumentAttribute<Signal>
{
    /// <inheritdoc/>
    protected override Signal Convert(object value, string text) =>
        SignalNames.TryParse(text, out Signal signal) ? signal : throw new FormatException($"'{text}' is not a signal: TERM, SIGTERM, 15.");
}
