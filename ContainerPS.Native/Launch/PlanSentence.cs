using System.Globalization;
using System.Runtime.CompilerServices;
using ContainerPS.Native.Launch.Planner;

namespace ContainerPS.Native.Launch;

/// <summary>
/// What an operation is about, in the continuous form: "mounting proc on /proc". A start has a few hundred operations and shows the
/// sentence of at most one, the one that failed: an interpolated sentence is kept as its pieces, in the plan's list of them, and put
/// together when somebody reads it.
/// </summary>
[InterpolatedStringHandler]
internal struct PlanSentence
{
    private readonly PlanPieces? _pieces;
    private readonly string? _whole;
    private readonly int _first;
    private int _count;

    private PlanSentence(string whole) => _whole = whole;

    public PlanSentence(int literalLength, int formattedCount, PlanTrack track)
        : this(track.Pieces) { }

    public PlanSentence(int literalLength, int formattedCount, ContainerPlan container)
        : this(container.Plan.Pieces) { }

    private PlanSentence(PlanPieces pieces) => (_pieces, _first) = (pieces, pieces.Count);

    public static implicit operator PlanSentence(string whole) => new(whole);

    /// <summary>A sentence, or a part of several, that more than one operation has.</summary>
    public static PlanSentence Of(ContainerPlan container, [InterpolatedStringHandlerArgument(nameof(container))] PlanSentence sentence) =>
        sentence;

    public void AppendLiteral(string text) => Append(text);

    public void AppendFormatted(string? text) => Append(text ?? "");

    public void AppendFormatted(long number) => Append(number.ToString(CultureInfo.InvariantCulture));

    public void AppendFormatted(ulong number) => Append(number.ToString(CultureInfo.InvariantCulture));

    public void AppendFormatted(object thing) => Append(thing.ToString() ?? "");

    /// <summary>A part of a longer sentence, written before it.</summary>
    public void AppendFormatted(PlanSentence part)
    {
        for (int i = 0; i < part._count; i++)
        {
            Append(part._pieces![part._first + i]);
        }

        if (part._whole is { } whole)
        {
            Append(whole);
        }
    }

    /// <summary>Its place among the pieces of a plan.</summary>
    public readonly PlanPieces.Range In(PlanPieces pieces)
    {
        if (_whole is not { } whole)
        {
            return new PlanPieces.Range(_first, _count);
        }

        pieces.Add(whole);
        return new PlanPieces.Range(pieces.Count - 1, 1);
    }

    private void Append(string text)
    {
        _pieces!.Add(text);
        _count++;
    }
}

/// <summary>The pieces of all sentences of a plan, one after another.</summary>
internal sealed class PlanPieces(int capacity)
{
    private string[] _pieces = new string[capacity];

    /// <summary>Where a sentence lies.</summary>
    internal readonly record struct Range(int First, int Count);

    public int Count { get; private set; }

    public string this[int index] => _pieces[index];

    public void Add(string piece)
    {
        if (Count == _pieces.Length)
        {
            Array.Resize(ref _pieces, Count * 2);
        }

        _pieces[Count++] = piece;
    }

    public string Join(Range range) => range.Count == 1 ? _pieces[range.First] : string.Concat(_pieces.AsSpan(range.First, range.Count));
}

/// <summary>How a plan that is shown as text names a value. Nothing is put together where no plan is shown.</summary>
[InterpolatedStringHandler]
internal ref struct PlanName
{
    private DefaultInterpolatedStringHandler _text;
    private readonly bool _isInterpolated;
    private readonly string? _whole;

    private PlanName(string? whole) => _whole = whole;

    public PlanName(int literalLength, int formattedCount, PlanBuilder plan, out bool isShown)
    {
        isShown = _isInterpolated = plan.IsShown;
        _text = isShown ? new DefaultInterpolatedStringHandler(literalLength, formattedCount, CultureInfo.InvariantCulture) : default;
    }

    public static implicit operator PlanName(string? whole) => new(whole);

    public void AppendLiteral(string text) => _text.AppendLiteral(text);

    public void AppendFormatted(string? text) => _text.AppendFormatted(text);

    public void AppendFormatted(long number, string? format = null) => _text.AppendFormatted(number, format);

    public void AppendFormatted(ulong number, string? format = null) => _text.AppendFormatted(number, format);

    public string? ToText() => _isInterpolated ? _text.ToStringAndClear() : _whole;
}
