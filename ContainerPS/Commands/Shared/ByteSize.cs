using System.Globalization;

namespace ContainerPS;

/// <summary>A number of bytes, written as PowerShell (64MB), Docker (64m) or the IEC (64MiB) write it; all are powers of 1024.</summary>
public readonly record struct ByteSize : IComparable<ByteSize>
{
    private const long Unlimited = -1;

    public ByteSize(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Bytes = bytes;
    }

    private ByteSize(bool _) => Bytes = Unlimited;

    /// <summary>No limit, as the kernel's files spell it.</summary>
    public static ByteSize Max { get; } = new(true);

    /// <summary>-1 for <see cref="Max"/>, as runtime-spec counts.</summary>
    public long Bytes { get; }

    public bool IsMax => Bytes == Unlimited;

    /// <summary>Reads a number with an optional unit, or max.</summary>
    /// <exception cref="FormatException">It is neither; the message shows the forms.</exception>
    public static ByteSize Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string trimmed = text.Trim();
        if (trimmed.Equals("max", StringComparison.OrdinalIgnoreCase) || trimmed == "-1")
        {
            return Max;
        }

        int digits = trimmed.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').Count();
        if (
            !decimal.TryParse(trimmed.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number)
            || Factor(trimmed[digits..].Trim()) is not { } factor
        )
        {
            throw new FormatException($"'{text}' is not a size. Write bytes, or a number with a unit: 64MB, 64m, 64MiB, 1.5g, or max.");
        }

        return Scaled(text, number, factor);
    }

    public int CompareTo(ByteSize other) => unchecked((ulong)Bytes).CompareTo(unchecked((ulong)other.Bytes));

    public static bool operator <(ByteSize left, ByteSize right) => left.CompareTo(right) < 0;

    public static bool operator >(ByteSize left, ByteSize right) => left.CompareTo(right) > 0;

    public static bool operator <=(ByteSize left, ByteSize right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ByteSize left, ByteSize right) => left.CompareTo(right) >= 0;

    /// <summary>In the largest unit that loses nothing, readable by <see cref="Parse"/>.</summary>
    public override string ToString()
    {
        if (IsMax)
        {
            return "max";
        }

        (long value, int unit) = (Bytes, 0);
        while (value != 0 && value % 1024 == 0 && unit < Units.Length)
        {
            (value, unit) = (value / 1024, unit + 1);
        }

        return value.ToString(CultureInfo.InvariantCulture) + (unit == 0 ? "" : Units[unit - 1] + "B");
    }

    /// <summary>For people: three digits and a unit.</summary>
    public static string ForPeople(long bytes)
    {
        (double value, int unit) = ((double)bytes, 0);
        // From 999.5 on it would be rounded to four digits.
        while (Math.Abs(value) >= 999.5 && unit < Units.Length)
        {
            (value, unit) = (value / 1024, unit + 1);
        }

        string format =
            unit == 0 || Math.Abs(value) >= 100 ? "0"
            : Math.Abs(value) >= 10 ? "0.#"
            : "0.##";
        return value.ToString(format, CultureInfo.InvariantCulture) + (unit == 0 ? "B" : Units[unit - 1] + "B");
    }

    private static readonly string[] Units = ["K", "M", "G", "T", "P"];

    private static ByteSize Scaled(string text, decimal number, long factor)
    {
        // Divided, because the product of two large numbers is beyond a decimal and would throw something else.
        return number <= long.MaxValue / (decimal)factor
            ? new ByteSize((long)(number * factor))
            : throw new FormatException($"'{text}' is more bytes than the kernel counts. Write max for no limit.");
    }

    private static long? Factor(string unit) =>
        unit.ToUpperInvariant() switch
        {
            "" or "B" => 1,
            "K" or "KB" or "KIB" => 1L << 10,
            "M" or "MB" or "MIB" => 1L << 20,
            "G" or "GB" or "GIB" => 1L << 30,
            "T" or "TB" or "TIB" => 1L << 40,
            "P" or "PB" or "PIB" => 1L << 50,
            _ => null,
        };
}
