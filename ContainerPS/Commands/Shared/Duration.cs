using System.Globalization;
using System.Text;

namespace ContainerPS;

/// <summary>A length of time, written as seconds or with units: 10, 2.5, 10s, 5m, 1h30m, 250ms, 1d.</summary>
public readonly record struct Duration : IComparable<Duration>
{
    public Duration(TimeSpan value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
        Value = value;
    }

    public TimeSpan Value { get; }

    /// <summary>Reads seconds, or numbers with units, the larger units first.</summary>
    /// <exception cref="FormatException">It is neither; the message shows the forms.</exception>
    public static Duration Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        if (decimal.TryParse(rest, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal seconds))
        {
            return FromTicks(text, Ticks(text, seconds, TimeSpan.TicksPerSecond));
        }

        (decimal ticks, decimal previous) = (0m, decimal.MaxValue);
        do
        {
            (decimal number, long unit, int length) = Part(rest);
            if (unit == 0 || unit >= previous)
            {
                throw Unreadable(text);
            }

            ticks += Ticks(text, number, unit);
            previous = unit;
            rest = rest[length..];
        } while (!rest.IsEmpty);
        return FromTicks(text, ticks);
    }

    public static Duration FromSeconds(double seconds) =>
        double.IsFinite(seconds) && seconds >= 0 && seconds <= TimeSpan.MaxValue.TotalSeconds - 1
            ? new Duration(TimeSpan.FromSeconds(seconds))
            : throw new FormatException(FormattableString.Invariant($"{seconds} is not a number of seconds."));

    public int CompareTo(Duration other) => Value.CompareTo(other.Value);

    public static bool operator <(Duration left, Duration right) => left.CompareTo(right) < 0;

    public static bool operator >(Duration left, Duration right) => left.CompareTo(right) > 0;

    public static bool operator <=(Duration left, Duration right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Duration left, Duration right) => left.CompareTo(right) >= 0;

    /// <summary>With units, readable by <see cref="Parse"/>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        long ticks = Value.Ticks;
        foreach ((string? unit, long size) in Units)
        {
            if (ticks / size is var count && count == 0)
            {
                continue;
            }

            text.Append(CultureInfo.InvariantCulture, $"{count}{unit}");
            ticks %= size;
        }

        return text.Length == 0 ? "0s" : text.ToString();
    }

    private static readonly (string Unit, long Ticks)[] Units =
    [
        ("d", TimeSpan.TicksPerDay),
        ("h", TimeSpan.TicksPerHour),
        ("m", TimeSpan.TicksPerMinute),
        ("s", TimeSpan.TicksPerSecond),
        ("ms", TimeSpan.TicksPerMillisecond),
        ("us", TimeSpan.TicksPerMicrosecond),
    ];

    private static (decimal Number, long UnitTicks, int Length) Part(ReadOnlySpan<char> text)
    {
        int digits = 0;
        while (digits < text.Length && (char.IsAsciiDigit(text[digits]) || text[digits] == '.'))
        {
            digits++;
        }

        int end = digits;
        while (end < text.Length && char.IsAsciiLetter(text[end]))
        {
            end++;
        }

        string unit = text[digits..end].ToString().ToLowerInvariant();
        return decimal.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number)
            ? (number, Array.Find(Units, u => u.Unit == unit).Ticks, end)
            : (0, 0, end);
    }

    /// <summary>Divided, because the product of two large numbers is beyond a decimal and would throw something else.</summary>
    private static decimal Ticks(string text, decimal number, long unit) =>
        number <= TimeSpan.MaxValue.Ticks / (decimal)unit ? number * unit : throw Unreadable(text);

    private static Duration FromTicks(string text, decimal ticks) =>
        ticks <= TimeSpan.MaxValue.Ticks ? new Duration(TimeSpan.FromTicks((long)ticks)) : throw Unreadable(text);

    private static FormatException Unreadable(string text) =>
        new($"'{text}' is not a length of time. Write seconds, or a number with a unit: 10, 10s, 5m, 1h30m, 250ms.");
}
