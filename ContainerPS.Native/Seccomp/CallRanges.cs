namespace ContainerPS.Native.Seccomp;

/// <summary>Operations on ranges in the order of their numbers, without gaps.</summary>
internal static class CallRanges
{
    /// <summary>Neighbours with the same decision become one range.</summary>
    public static List<CallRange> Join(List<CallRange> ranges)
    {
        var joined = new List<CallRange>(ranges.Count);
        foreach (CallRange range in ranges)
        {
            if (joined.Count > 0 && joined[^1].Decision == range.Decision)
            {
                joined[^1] = joined[^1] with { Last = range.Last };
            }
            else
            {
                joined.Add(range);
            }
        }

        return joined;
    }

    /// <summary>Two lists over the same numbers, cut where either is cut.</summary>
    public static List<CallRange> Overlay(List<CallRange> one, List<CallRange> other, Func<int, int, int> decide)
    {
        var result = new List<CallRange>();
        for (int i = 0, j = 0; i < one.Count && j < other.Count; )
        {
            uint last = Math.Min(one[i].Last, other[j].Last);
            result.Add(new CallRange(Math.Max(one[i].First, other[j].First), last, decide(one[i].Decision, other[j].Decision)));
            (i, j) = (one[i].Last == last ? i + 1 : i, other[j].Last == last ? j + 1 : j);
        }

        return result;
    }

    /// <summary>What lies between two numbers, both included.</summary>
    public static List<CallRange> Between(List<CallRange> ranges, uint first, uint last) =>
        [
            .. ranges
                .Where(range => range.First <= last && range.Last >= first)
                .Select(range => range with { First = Math.Max(range.First, first), Last = Math.Min(range.Last, last) }),
        ];
}
