namespace ContainerPS.Native.Seccomp;

/// <summary>
/// The same filter in fewer instructions. seccomp(2) checks, converts and translates every instruction, and runs the filter for every
/// system call that exists, each time a container starts or a process is executed in one: libseccomp's 1258 instructions of the default
/// profile took it 300 to 490 µs (Linux 6.18). libseccomp compares with each number by itself; here neighbours with one decision are a
/// range, x32 shares x86-64's tree, and the
/// <see cref="UnknownCallStub"/> is one more range.
/// </summary>
internal static class SeccompCompaction
{
    /// <summary>Part of the key of kept filters: raise it when this room makes other programs from the same profile.</summary>
    public const int Version = 2;

    /// <summary>
    /// The program itself where it has instructions or uses that are not known, or is short already. The result has been read again and
    /// decides the same for every number, architecture and argument.
    /// </summary>
    public static byte[] Compact(byte[] program, uint nativeArchitecture)
    {
        try
        {
            var graph = new BpfGraph();
            var before = new BpfEvaluation(BpfInstruction.Decode(program), graph);
            byte[] compact = Write(graph, before, nativeArchitecture);
            return compact.Length < program.Length && DecideAlike(before, new BpfEvaluation(BpfInstruction.Decode(compact), graph))
                ? compact
                : program;
        }
        catch (UnfamiliarFilterException)
        {
            return program;
        }
    }

    private static byte[] Write(BpfGraph graph, BpfEvaluation filter, uint nativeArchitecture)
    {
        int root = Tree(graph, filter.Decide(null));
        // The last one asked for is asked first: the machine's own, then the filter's order.
        foreach (uint architecture in filter.Architectures().OrderByDescending(token => token == nativeArchitecture).Reverse())
        {
            root = graph.Test(
                BpfInstruction.JumpEqual,
                architecture,
                BpfAccumulator.Architecture,
                Tree(graph, filter.Decide(architecture)),
                root
            );
        }

        return new BpfAssembler(graph).Assemble(root);
    }

    private static int Tree(BpfGraph graph, List<CallRange> ranges)
    {
        var numbers = new CallNumberTree(graph);
        return ((int[])[numbers.Make(ranges), numbers.MakeSharingX32(ranges)]).MinBy(root => new BpfAssembler(graph).Assemble(root).Length);
    }

    /// <summary>Equal decisions are equal nodes of the graph that both were read into.</summary>
    private static bool DecideAlike(BpfEvaluation one, BpfEvaluation other) =>
        one.Architectures()
            .Union(other.Architectures())
            .Select(token => (uint?)token)
            .Append(null)
            .All(token => one.Decide(token).SequenceEqual(other.Decide(token)));
}
