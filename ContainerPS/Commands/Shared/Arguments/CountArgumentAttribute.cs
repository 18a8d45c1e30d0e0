using System.Globalization;

namespace ContainerPS.Commands;

/// <summary>A count that can be unlimited: 50, or max (-1 for the engine).</summary>
public sealed class CountArgumentAttribute : TextArgumentAttribute<int>
{
    /// <inheritdoc/>
    protected override int Convert(object value, string text)
    {
        if (text.Trim().Equals("max", StringComparison.OrdinalIgnoreCase))
        {
            return -1;
        }

        return int.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int count)
            ? count
            : throw new FormatException($"'{text}' is not a count. Write a whole number, or max for no limit.");
    }

    /// <inheritdoc/>
    protected override int Check(int value) =>
        value is > 0 or -1 ? value : throw new FormatException("A count above zero is needed; max lifts the limit.");
}
