using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace ContainerPS.Native.Launch;

/// <summary>
/// Writes a plan. Pure: it opens nothing and asks the kernel nothing, so that golden files can hold its result.
/// Ordinary use: (1) describe data and operations on the tracks, (2) <see cref="Build"/>, (3) hand the <see cref="Plan"/> to the shim.
/// </summary>
internal sealed class PlanBuilder
{
    /// <summary>Marks an array of strings: its text is only put together when a plan is shown.</summary>
    internal const string StringArray = "strings";

    // What a plain container or exec takes, with some to spare: lists that grow leave their smaller selves to the collector.
    private static readonly (int Operations, int Pieces, int Strings, int Data) _whole = (288, 832, 112, 6144),
        _exec = (64, 192, 24, 4096);

    private readonly Dictionary<string, uint> _strings;
    private readonly List<uint> _relocations = [];
    private readonly SortedSet<int> _inherited = [];
    private readonly string?[] _slotNames = new string?[PlanFormat.SlotCount];
    private readonly long[] _slotValues = new long[PlanFormat.SlotCount];
    private byte[] _data;
    private int _dataLength;
    private int _nextSlot;

    /// <param name="mode">What the shim is to be.</param>
    /// <param name="isShown">Whether somebody may read the plan as text; names of values are not kept without.</param>
    public PlanBuilder(PlanMode mode, bool isShown = true)
    {
        Mode = mode;
        IsShown = isShown;
        (int Operations, int Pieces, int Strings, int Data) room = mode == PlanMode.Exec ? _exec : _whole;
        Pieces = new PlanPieces(room.Pieces);
        _strings = new Dictionary<string, uint>(room.Strings);
        _data = new byte[room.Data];
        Parent = new PlanTrack(this, PlanTrackName.Parent, capacity: 8);
        Child = new PlanTrack(this, PlanTrackName.Child, room.Operations);
        Helper = new PlanTrack(this, PlanTrackName.Helper, capacity: 0);
        Exit = new PlanTrack(this, PlanTrackName.Exit, capacity: 0);
        Settle = new PlanTrack(this, PlanTrackName.Settle, capacity: 0);

        // Offset 0 of the data is never used, so that 0 can mean "none" in the monitor's section.
        _dataLength = 8;
    }

    public PlanMode Mode { get; }

    public bool IsShown { get; }

    public PlanTrack Parent { get; }

    public PlanTrack Child { get; }

    public PlanTrack Helper { get; }

    public PlanTrack Exit { get; }

    public PlanTrack Settle { get; }

    /// <summary>Null for a name that no track has.</summary>
    public PlanTrack? Track(PlanTrackName name) =>
        name switch
        {
            PlanTrackName.Parent => Parent,
            PlanTrackName.Child => Child,
            PlanTrackName.Helper => Helper,
            PlanTrackName.Exit => Exit,
            PlanTrackName.Settle => Settle,
            _ => null,
        };

    /// <summary>What its sentences are made of.</summary>
    internal PlanPieces Pieces { get; }

    /// <summary>What the monitor does after the start; null for the modes without one.</summary>
    public PlanMonitorSettings? Monitor { get; set; }

    /// <summary>A slot, with a number in it that is known beforehand or empty.</summary>
    public PlanValue Slot(long initial = 0, string? name = null)
    {
        if (_nextSlot == PlanFormat.SlotCount)
        {
            throw new InvalidOperationException($"A plan has {PlanFormat.SlotCount} slots: close what is not needed any more.");
        }

        _slotNames[_nextSlot] = name;
        _slotValues[_nextSlot] = initial;
        return new PlanValue(PlanArgumentKind.Slot, _nextSlot++, name);
    }

    /// <summary>A slot that holds a descriptor of the starter, which stays open in the shim under the same number.</summary>
    public PlanValue Inherit(int descriptor, string name)
    {
        _inherited.Add(descriptor);
        return Slot(descriptor, name);
    }

    /// <summary>A NUL-ended string; the same text is stored once.</summary>
    public PlanValue Utf8(string text)
    {
        if (!_strings.TryGetValue(text, out uint offset))
        {
            int length = Encoding.UTF8.GetByteCount(text);
            offset = Take(length + 1, 1);
            Encoding.UTF8.GetBytes(text, _data.AsSpan((int)offset, length));
            _strings.Add(text, offset);
        }

        return new PlanValue(PlanArgumentKind.Data, offset);
    }

    /// <summary>Bytes as they are, 8-aligned.</summary>
    public PlanValue Bytes(ReadOnlySpan<byte> bytes, [InterpolatedStringHandlerArgument("")] PlanName name = default)
    {
        uint offset = Take(bytes.Length, 8);
        bytes.CopyTo(_data.AsSpan((int)offset));
        return new PlanValue(PlanArgumentKind.Data, offset, name.ToText() ?? (IsShown ? $"bytes[{bytes.Length}]" : null));
    }

    /// <summary>Room that the kernel writes to.</summary>
    public PlanValue Reserve(int length, string name) => new(PlanArgumentKind.Data, Take(length, 8), IsShown ? $"{name}[{length}]" : null);

    /// <summary>
    /// 8-byte words; a Data value becomes a pointer. This is how structures with pointers are written: sock_fprog is (length, filter).
    /// </summary>
    public PlanValue Words([InterpolatedStringHandlerArgument("")] PlanName name, params ReadOnlySpan<PlanValue> words)
    {
        uint offset = Take(words.Length * 8, 8);
        for (int i = 0; i < words.Length; i++)
        {
            if (words[i].Kind is PlanArgumentKind.Slot or PlanArgumentKind.SlotAddress)
            {
                throw new ArgumentException("A structure in a plan cannot hold a slot.", nameof(words));
            }

            uint at = offset + (uint)(i * 8);
            BinaryPrimitives.WriteInt64LittleEndian(_data.AsSpan((int)at), words[i].Value);
            if (words[i].Kind == PlanArgumentKind.Data)
            {
                _relocations.Add(at);
            }
        }

        return new PlanValue(PlanArgumentKind.Data, offset, name.ToText());
    }

    /// <summary>A NULL-ended array of strings: argv, envp, candidates.</summary>
    public PlanValue Strings(IEnumerable<string> texts)
    {
        IReadOnlyCollection<string> list = texts as IReadOnlyCollection<string> ?? [.. texts];
        uint offset = Take((list.Count + 1) * 8, 8);
        uint at = offset;
        foreach (string text in list)
        {
            uint target = (uint)Utf8(text).Value;
            BinaryPrimitives.WriteInt64LittleEndian(_data.AsSpan((int)at), target);
            _relocations.Add(at);
            at += 8;
        }

        return new PlanValue(PlanArgumentKind.Data, offset, StringArray);
    }

    /// <summary>Lays out the block.</summary>
    public Plan Build() => new PlanLayout(this).Build();

    /// <summary>The plan as text, for golden files and for people: one line an operation with its sentence.</summary>
    public string ToText() => PlanText.Render(this);

    internal IReadOnlyCollection<int> Inherited => _inherited;

    internal IReadOnlyList<uint> Relocations => _relocations;

    internal ReadOnlySpan<byte> Data => _data.AsSpan(0, _dataLength);

    internal ReadOnlySpan<long> SlotValues => _slotValues;

    /// <summary>Strings by their offset in <see cref="Data"/>.</summary>
    internal Dictionary<uint, string> StringsByOffset() => _strings.ToDictionary(entry => entry.Value, entry => entry.Key);

    internal string? SlotName(long index) => _slotNames[index];

    private uint Take(int length, int alignment)
    {
        int at = (_dataLength + alignment - 1) & -alignment;
        if (at + length > _data.Length)
        {
            Array.Resize(ref _data, Math.Max(_data.Length * 2, at + length));
        }

        _dataLength = at + length;
        return (uint)at;
    }
}
