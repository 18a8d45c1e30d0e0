namespace ContainerPS.Native.Seccomp;

/// <summary>
/// A graph as instructions, written from the last to the first: whatever a test leads to has its place by then. A place is a count from the
/// end. Of two unwritten successors the larger comes first, so the smaller follows its test directly: the kernel turns a jump with one such
/// side into one instruction instead of two, and the other side stays within the 8 bits of an offset more often.
/// </summary>
internal sealed class BpfAssembler(BpfGraph graph)
{
    private const int Reach = byte.MaxValue;

    private readonly List<BpfInstruction> _backwards = [];

    /// <summary>The place of each node as one meets it with the accumulator it needs, and with any other.</summary>
    private readonly Dictionary<int, int> _ready = [],
        _loading = [];
    private readonly Dictionary<int, int> _sizes = [];

    public byte[] Assemble(int root)
    {
        Place(root, default);
        _backwards.Reverse();
        return BpfInstruction.Encode(_backwards);
    }

    private int Add(BpfInstruction instruction)
    {
        _backwards.Add(instruction);
        return _backwards.Count - 1;
    }

    private bool IsReady(int node, BpfAccumulator holds) => graph[node].IsReturn || graph[node].Holds == holds;

    private Dictionary<int, int> Places(int node, BpfAccumulator holds) => IsReady(node, holds) ? _ready : _loading;

    private void Place(int node, BpfAccumulator holds)
    {
        UnfamiliarFilterException.ThrowIfTooDeep();
        if (Places(node, holds).ContainsKey(node))
        {
            return;
        }

        if (IsReady(node, holds))
        {
            _ready[node] = Write(graph[node]);
            return;
        }

        Place(node, graph[node].Holds);
        _loading[node] = WriteLoad(node);
    }

    private int WriteLoad(int node)
    {
        BpfAccumulator wanted = graph[node].Holds;
        Follow(_ready[node]);
        if (wanted.IsMasked)
        {
            Add(new(BpfInstruction.And, 0, 0, wanted.Mask));
        }

        return Add(new(BpfInstruction.LoadWord, 0, 0, wanted.Offset));
    }

    private int Write(BpfNode node) =>
        node.Code switch
        {
            BpfInstruction.Return => Add(new(BpfInstruction.Return, 0, 0, node.Value)),
            BpfInstruction.And => WriteMask(node),
            _ => WriteTest(node),
        };

    private int WriteMask(BpfNode node)
    {
        Place(node.WhenTrue, node.Holds);
        Follow(Places(node.WhenTrue, node.Holds)[node.WhenTrue]);
        return Add(new(BpfInstruction.And, 0, 0, node.Value));
    }

    private int WriteTest(BpfNode node)
    {
        (int larger, int smaller) =
            Size(node.WhenTrue) > Size(node.WhenFalse) ? (node.WhenTrue, node.WhenFalse) : (node.WhenFalse, node.WhenTrue);
        Place(larger, node.Holds);
        Place(smaller, node.Holds);
        while (Distance(node.WhenTrue, node.Holds) > Reach || Distance(node.WhenFalse, node.Holds) > Reach)
        {
            BringNear(Distance(node.WhenTrue, node.Holds) > Reach ? node.WhenTrue : node.WhenFalse, node.Holds);
        }

        return Add(new(node.Code, (byte)Distance(node.WhenTrue, node.Holds), (byte)Distance(node.WhenFalse, node.Holds), node.Value));
    }

    /// <summary>Instructions between the one to be written next and a node.</summary>
    private int Distance(int node, BpfAccumulator holds) => _backwards.Count - 1 - Places(node, holds)[node];

    /// <summary>A verdict is written again; to anything else leads a jump, whose offset has 32 bits.</summary>
    private void BringNear(int node, BpfAccumulator holds)
    {
        Dictionary<int, int> places = Places(node, holds);
        places[node] = graph[node].IsReturn ? Write(graph[node]) : Add(new(BpfInstruction.Jump, 0, 0, (uint)Distance(node, holds)));
    }

    /// <summary>What is written next continues at a place: nothing to do where that comes next anyway.</summary>
    private void Follow(int place)
    {
        int between = _backwards.Count - 1 - place;
        if (between > 0)
        {
            Add(new(BpfInstruction.Jump, 0, 0, (uint)between));
        }
    }

    /// <summary>How many instructions a node brings with it, shared ones counted each time: an estimate for the order only.</summary>
    private int Size(int node)
    {
        UnfamiliarFilterException.ThrowIfTooDeep();
        if (graph[node].IsReturn)
        {
            return 0;
        }

        if (!_sizes.TryGetValue(node, out int size))
        {
            _sizes[node] = size = (int)Math.Min(short.MaxValue, 1 + Size(graph[node].WhenTrue) + Size(graph[node].WhenFalse));
        }

        return size;
    }
}
