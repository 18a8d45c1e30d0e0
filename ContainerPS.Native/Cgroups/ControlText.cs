using System.Globalization;

namespace ContainerPS.Native.Cgroups;

/// <summary>The few shapes in which control files speak (Documentation/admin-guide/cgroup-v2.rst, "Interface Files").</summary>
internal static class ControlText
{
    /// <summary>v1 says "no limit" as the largest multiple of the page size that fits a long.</summary>
    private const long V1Unlimited = long.MaxValue - 0xffff;

    public static long? Number(string? text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value : null;

    /// <summary>A limit: null for "max", -1 and v1's largest number.</summary>
    public static long? Limit(string? text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) && value < V1Unlimited ? (long)value : null;

    /// <summary>The number after a key of a flat-keyed file; null when the key is not there.</summary>
    public static long? Value(string? text, string key)
    {
        foreach (ReadOnlySpan<char> line in (text ?? "").AsSpan().EnumerateLines())
        {
            if (line.Length > key.Length && line[key.Length] == ' ' && line.StartsWith(key, StringComparison.Ordinal))
            {
                return long.TryParse(line[(key.Length + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
                    ? value
                    : null;
            }
        }

        return null;
    }

    /// <summary>The rest of the line that begins with a key; null when there is none.</summary>
    public static string? Line(string? text, string key) =>
        Lines(text)
            .Where(line => line.StartsWith(key + " ", StringComparison.Ordinal))
            .Select(line => line[(key.Length + 1)..])
            .FirstOrDefault();

    public static IEnumerable<string> Lines(string? text) => (text ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>"rbps=1 wbps=max" of a nested-keyed line.</summary>
    public static string? Nested(string line, string key) =>
        line.Split(' ')
            .Where(part => part.StartsWith(key + "=", StringComparison.Ordinal))
            .Select(part => part[(key.Length + 1)..])
            .FirstOrDefault();

    public static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Text(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>v2's spelling of a limit; every negative number is "no limit".</summary>
    public static string MaxOr(long value) => value < 0 ? "max" : Text(value);
}
