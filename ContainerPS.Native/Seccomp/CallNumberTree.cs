namespace ContainerPS.Native.Seccomp;

/// <summary>
/// A search tree for the number of a system call. Its leaves are ranges with one decision, save for a few single numbers that are asked for
/// one by one: a lone exception costs one instruction so, two as a range of its own.
/// </summary>
internal sealed class CallNumberTree(BpfGraph graph)
{
    /// <summary>x32's numbers are mostly x86-64's with this bit.</summary>
    private const uint X32Bit = 0x4000_0000;

    /// <summary>
    /// Numbers up to about here exist. When a filter is installed the kernel runs it once for each (seccomp_cache_prepare, Linux 5.11): the
    /// way to them should be short.
    /// </summary>
    private const uint Existing = 512;

    /// <summary>More exceptions in a leaf save instructions and lengthen the way of every other number in it.</summary>
    private const int ExceptionLimit = 4;

    private readonly record struct Leaf(uint First, int Weight, int Node);

    /// <summary>The node that decides for every number.</summary>
    public int Make(List<CallRange> ranges)
    {
        List<Leaf> leaves = Leaves(ranges);
        return Search(leaves, 0, leaves.Count);
    }

    /// <summary>The same, where numbers with x32's bit share the tree of those without as far as they are decided alike.</summary>
    public int MakeSharingX32(List<CallRange> ranges)
    {
        List<CallRange> plain = CallRanges.Between(ranges, 0, X32Bit - 1);
        int root = Make(plain);
        int share = graph.MaskNumber(X32Bit - 1, root);
        List<CallRange> shifted = plain.ConvertAll(range => range with { First = range.First | X32Bit, Last = range.Last | X32Bit });
        List<CallRange> x32 = CallRanges.Overlay(
            CallRanges.Between(ranges, X32Bit, 2 * X32Bit - 1),
            shifted,
            (own, shared) => own == shared ? share : own
        );
        int rest = Make(CallRanges.Join([.. x32, .. CallRanges.Between(ranges, 2 * X32Bit, uint.MaxValue)]));
        return graph.Test(BpfInstruction.JumpGreaterOrEqual, X32Bit, BpfAccumulator.Number, rest, root);
    }

    /// <summary>A split weighs like the numbers on its sides that exist, so that the tree is balanced for those.</summary>
    private int Search(List<Leaf> leaves, int from, int to)
    {
        if (to - from == 1)
        {
            return leaves[from].Node;
        }

        int total = 0;
        for (int i = from; i < to; i++)
        {
            total += leaves[i].Weight;
        }

        int middle = from + 1;
        for (int left = leaves[from].Weight; middle < to - 1 && 2 * left + leaves[middle].Weight <= total; middle++)
        {
            left += leaves[middle].Weight;
        }

        return graph.Test(
            BpfInstruction.JumpGreaterOrEqual,
            leaves[middle].First,
            BpfAccumulator.Number,
            Search(leaves, middle, to),
            Search(leaves, from, middle)
        );
    }

    /// <summary>The cheapest way to gather the ranges into leaves, in instructions: cheapest[i] covers the first i ranges.</summary>
    private List<Leaf> Leaves(List<CallRange> ranges)
    {
        var cheapest = new (int Cost, int From, int Ground)[ranges.Count + 1];
        Array.Fill(cheapest, (int.MaxValue, 0, 0), 1, ranges.Count);
        for (int from = 0; from < ranges.Count; from++)
        {
            Extend(ranges, cheapest, from, ranges[from].Decision);
            if (from + 1 < ranges.Count)
            {
                Extend(ranges, cheapest, from, ranges[from + 1].Decision);
            }
        }

        var leaves = new List<Leaf>();
        for (int to = ranges.Count; to > 0; to = cheapest[to].From)
        {
            leaves.Add(Gather(ranges[cheapest[to].From..to], cheapest[to].Ground));
        }

        leaves.Reverse();
        return leaves;
    }

    private static void Extend(List<CallRange> ranges, (int Cost, int From, int Ground)[] cheapest, int from, int ground)
    {
        int exceptions = 0;
        for (int to = from; to < ranges.Count; to++)
        {
            CallRange range = ranges[to];
            if (range.Decision != ground && (range.First != range.Last || ++exceptions > ExceptionLimit))
            {
                return;
            }

            int cost = cheapest[from].Cost + 1 + exceptions;
            if (cost < cheapest[to + 1].Cost)
            {
                cheapest[to + 1] = (cost, from, ground);
            }
        }
    }

    private Leaf Gather(List<CallRange> ranges, int ground)
    {
        int node = ground;
        foreach (CallRange range in ranges)
        {
            if (range.Decision != ground)
            {
                node = graph.Test(BpfInstruction.JumpEqual, range.First, BpfAccumulator.Number, range.Decision, node);
            }
        }

        (uint first, uint last) = (ranges[0].First, ranges[^1].Last);
        return new Leaf(first, 1 + (int)(Math.Min(last, Existing) - Math.Min(first, Existing)), node);
    }
}
