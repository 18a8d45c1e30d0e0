using System.Globalization;

namespace ContainerPS.Native.Cgroups;

/// <summary>The kernel's lists of processors and memory nodes: "0-3,8".</summary>
public static class CpuList
{
    /// <summary>Null when the text is no such list.</summary>
    public static IReadOnlyCollection<int>? TryParse(string text)
    {
        SortedSet<int> numbers = [];
        foreach (string part in text.Trim().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] ends = part.Split('-');
            if (ends.Length > 2 || !TryNumber(ends[0], out int first) || !TryNumber(ends[^1], out int last) || last < first || last > 65535)
            {
                return null;
            }

            numbers.UnionWith(Enumerable.Range(first, last - first + 1));
        }

        return numbers;
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
