using System.Globalization;

namespace ContainerPS.Commands;

/// <summary>A moment: a date, or a length of time before now (10m, 30 seconds as 30), as Docker takes --since.</summary>
public sealed class PointInTimeArgumentAttribute : TextArgumentAttribute<DateTimeOffset>
{
    /// <inheritdoc/>
    protected override DateTimeOffset Convert(object value, string text) =>
        value switch
        {
            DateTime moment => new DateTimeOffset(moment),
            TimeSpan ago => DateTimeOffset.Now - ago,
            _ => Parse(text),
        };

    private static DateTimeOffset Parse(string text)
    {
        if (
            LooksLikeDate(text)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out DateTimeOffset moment)
        )
        {
            return moment;
        }

        try
        {
            return DateTimeOffset.Now - Duration.Parse(text).Value;
        }
        catch (FormatException e)
        {
            throw new FormatException($"'{text}' is not a moment. Write a date (2026-11-21T08:00:00Z) or how long ago (10m).", e);
        }
    }

    // 10.5 is seconds, though a lenient parser reads the fifth of October in it.
    private static bool LooksLikeDate(string text) =>
        text.Contains('-', StringComparison.Ordinal)
        || text.Contains(':', StringComparison.Ordinal)
        || text.Contains('/', StringComparison.Ordinal);
}
