using System.Runtime.CompilerServices;

namespace ContainerPS.Native.Seccomp;

/// <summary>
/// Reads a filter by running it with all numbers of system calls at once: a test on the number cuts the range in hand, a test on an
/// argument becomes a node of the graph. Exact for every number of 32 bits. What it does not know raises
/// <see cref="UnfamiliarFilterException"/>: nothing is guessed.
/// </summary>
internal sealed class BpfEvaluation(BpfInstruction[] program, BpfGraph graph)
{
    /// <summary>
    /// Far above any profile's need (the default one takes some thousands); a bound only against a program made to be slow.
    /// </summary>
    private const int StepLimit = 2_000_000;

    private readonly Dictionary<(int At, BpfAccumulator Holds, uint First, uint Last), List<CallRange>> _known = [];
    private readonly List<uint> _tokens = [];
    private uint? _architecture;
    private int _steps;

    /// <summary>
    /// The architectures that the program treats apart, in its order. One whose token no test of another architecture's way names is
    /// treated like that.
    /// </summary>
    public IReadOnlyList<uint> Architectures()
    {
        _tokens.Clear();
        Decide(null);
        return [.. _tokens];
    }

    /// <summary>What is decided for an architecture (null: any that the program does not name), from number 0 to the highest.</summary>
    public List<CallRange> Decide(uint? architecture)
    {
        _architecture = architecture;
        _known.Clear();
        _steps = 0;
        return Walk(0, default, 0, uint.MaxValue);
    }

    private List<CallRange> Walk(int at, BpfAccumulator holds, uint first, uint last)
    {
        UnfamiliarFilterException.ThrowIfTooDeep();
        while (true)
        {
            BpfInstruction instruction = Next(at);
            switch (instruction.Code)
            {
                case BpfInstruction.LoadWord:
                    holds = Load(instruction.Value);
                    at++;
                    break;
                case BpfInstruction.And:
                    holds = Mask(holds, instruction.Value, first, last);
                    at++;
                    break;
                case BpfInstruction.Jump:
                    at += 1 + (int)Math.Min(instruction.Value, (uint)program.Length);
                    break;
                case BpfInstruction.Return:
                    return [new CallRange(first, last, graph.Return(instruction.Value))];
                case BpfInstruction.JumpEqual when holds == BpfAccumulator.Architecture:
                    at += 1 + (IsArchitecture(instruction.Value) ? instruction.WhenTrue : instruction.WhenFalse);
                    break;
                case BpfInstruction.JumpEqual or BpfInstruction.JumpGreater or BpfInstruction.JumpGreaterOrEqual when holds.IsNumber:
                    return Cut(at, instruction, holds, first, last);
                // libseccomp masks with 0 the half of an argument that a masked comparison leaves out.
                case BpfInstruction.JumpEqual when IsArgument(holds) && holds.Mask == 0:
                    at += 1 + (instruction.Value == 0 ? instruction.WhenTrue : instruction.WhenFalse);
                    break;
                case BpfInstruction.JumpEqual or BpfInstruction.JumpGreater or BpfInstruction.JumpGreaterOrEqual when IsArgument(holds):
                    return Branch(at, instruction, holds, first, last);
                default:
                    throw new UnfamiliarFilterException();
            }
        }
    }

    private BpfInstruction Next(int at) =>
        at >= 0 && at < program.Length && _steps++ < StepLimit ? program[at] : throw new UnfamiliarFilterException();

    private static BpfAccumulator Load(uint offset) =>
        offset < BpfInstruction.DataSize && offset % sizeof(uint) == 0
            ? BpfAccumulator.Word(offset)
            : throw new UnfamiliarFilterException();

    /// <summary>
    /// A number may lose its upper bits where they are the same in the whole range: then numbers keep their order and their distance.
    /// </summary>
    private static BpfAccumulator Mask(BpfAccumulator holds, uint mask, uint first, uint last)
    {
        bool known =
            IsArgument(holds)
            || holds == BpfAccumulator.Number && mask != 0 && (mask & (mask + 1)) == 0 && (first & ~mask) == (last & ~mask);
        return known ? holds with { Mask = holds.Mask & mask } : throw new UnfamiliarFilterException();
    }

    private static bool IsArgument(BpfAccumulator holds) =>
        holds.IsLoaded && !holds.IsNumber && holds.Offset != BpfInstruction.ArchitectureOffset;

    private bool IsArchitecture(uint token)
    {
        if (!_tokens.Contains(token))
        {
            _tokens.Add(token);
        }

        return _architecture == token;
    }

    /// <summary>The numbers that pass a test are one range; before and after it may lie some that fail.</summary>
    private List<CallRange> Cut(int at, BpfInstruction test, BpfAccumulator holds, uint first, uint last)
    {
        long value = test.Value + (long)(first & ~holds.Mask);
        long low = Math.Max(first, test.Code == BpfInstruction.JumpGreater ? value + 1 : value);
        long high = Math.Min(last, test.Code == BpfInstruction.JumpEqual ? value : uint.MaxValue);
        (int pass, int fail) = (at + 1 + test.WhenTrue, at + 1 + test.WhenFalse);
        if (low > high)
        {
            return Walk(fail, holds, first, last);
        }

        var found = new List<CallRange>();
        if (first < low)
        {
            found.AddRange(Walk(fail, holds, first, (uint)low - 1));
        }

        found.AddRange(Walk(pass, holds, (uint)low, (uint)high));
        if (high < last)
        {
            found.AddRange(Walk(fail, holds, (uint)high + 1, last));
        }

        return CallRanges.Join(found);
    }

    private List<CallRange> Branch(int at, BpfInstruction test, BpfAccumulator holds, uint first, uint last)
    {
        (int at, BpfAccumulator holds, uint first, uint last) key = (at, holds, first, last);
        if (!_known.TryGetValue(key, out List<CallRange>? found))
        {
            List<CallRange> whenTrue = Walk(at + 1 + test.WhenTrue, holds, first, last);
            List<CallRange> whenFalse = Walk(at + 1 + test.WhenFalse, holds, first, last);
            _known[key] = found = CallRanges.Join(
                CallRanges.Overlay(whenTrue, whenFalse, (pass, fail) => graph.Test(test.Code, test.Value, holds, pass, fail))
            );
        }

        return found;
    }
}

/// <summary>
/// A filter with an instruction, or a use of one, that libseccomp is not known to make, or with too many of them: it is left as it is.
/// </summary>
internal sealed class UnfamiliarFilterException : Exception
{
    /// <summary>A profile is a user's: thousands of conditions on one call must not overflow the stack.</summary>
    public static void ThrowIfTooDeep()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new UnfamiliarFilterException();
        }
    }
}
