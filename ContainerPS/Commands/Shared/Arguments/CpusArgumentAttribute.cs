using System.Globalization;

namespace ContainerPS.Commands;

/// <summary>
/// CPUs worth of time: 0.5, 2, max. A comma is refused: depending on the culture it would be a decimal point or nothing at all.
/// </summary>
public sealed class CpusArgumentAttribute : TextArgumentAttribute<decimal>
{
    /// <inheritdoc/>
    protected override decimal Convert(object value, string text)
    {
        if (text.Contains(',', StringComparison.Ordinal))
        {
            throw new FormatException($"'{text}' is not a number of CPUs: write the decimal point as a point, 0.5.");
        }

        if (text.Trim().Equals("max", StringComparison.OrdinalIgnoreCase) || text.Trim() == "-1")
        {
            return -1;
        }

        return decimal.TryParse(text.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal cpus)
            ? cpus
            : throw new FormatException($"'{text}' is not a number of CPUs. Write 0.5, 2, or max for no limit.");
    }

    /// <inheritdoc/>
    protected override decimal Check(decimal value) =>
        value is > 0 or -1 ? value : throw new FormatException("A number of CPUs above zero is needed; max lifts the limit.");
}
