namespace ContainerPS.Native.Seccomp;

/// <summary>
/// What a filter decides, as a graph without cycles: tests lead to further tests or to a verdict. Equal nodes are one node, so that equal
/// decisions have equal numbers however the program that makes them was laid out.
/// </summary>
internal sealed class BpfGraph
{
    private readonly List<BpfNode> _nodes = [];
    private readonly Dictionary<BpfNode, int> _numbers = [];

    public BpfNode this[int node] => _nodes[node];

    public int Return(uint verdict) => Number(new BpfNode(BpfInstruction.Return, verdict, default, -1, -1));

    /// <summary>A test whose answer does not matter is none.</summary>
    public int Test(ushort code, uint value, BpfAccumulator holds, int whenTrue, int whenFalse) =>
        whenTrue == whenFalse ? whenTrue : Number(new BpfNode(code, value, holds, whenTrue, whenFalse));

    /// <summary>Masks the system call's number and goes on as with a number that needs no mask. A verdict needs no number.</summary>
    public int MaskNumber(uint mask, int next) =>
        this[next].IsReturn ? next : Number(new BpfNode(BpfInstruction.And, mask, BpfAccumulator.Number, next, next));

    private int Number(BpfNode node)
    {
        if (!_numbers.TryGetValue(node, out int number))
        {
            _numbers[node] = number = _nodes.Count;
            _nodes.Add(node);
        }

        return number;
    }
}

/// <summary>
/// One verdict, mask or test: its instruction's code and value, what the accumulator must hold for it, and where it leads (-1: nowhere).
/// </summary>
internal readonly record struct BpfNode(ushort Code, uint Value, BpfAccumulator Holds, int WhenTrue, int WhenFalse)
{
    public bool IsReturn => Code == BpfInstruction.Return;
}

/// <summary>The one register of a filter: a word of struct seccomp_data, masked. The default value stands for nothing loaded yet.</summary>
internal readonly record struct BpfAccumulator(uint Offset, uint Mask)
{
    private const uint Everything = uint.MaxValue;

    public static BpfAccumulator Number { get; } = Word(BpfInstruction.NumberOffset);

    public static BpfAccumulator Architecture { get; } = Word(BpfInstruction.ArchitectureOffset);

    public static BpfAccumulator Word(uint offset) => new(offset, Everything);

    public bool IsLoaded => this != default;

    public bool IsNumber => IsLoaded && Offset == BpfInstruction.NumberOffset;

    public bool IsMasked => Mask != Everything;
}

/// <summary>Numbers of system calls, both ends included, that a filter treats alike.</summary>
internal readonly record struct CallRange(uint First, uint Last, int Decision);
