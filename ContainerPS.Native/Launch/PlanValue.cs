using System.Runtime.CompilerServices;

namespace ContainerPS.Native.Launch;

/// <summary>An argument of a plan's operation: a number, a place in the plan's data, or a slot. Numbers convert by themselves.</summary>
internal readonly struct PlanValue
{
    internal PlanValue(PlanArgumentKind kind, long value, string? text = null)
    {
        Kind = kind;
        Value = value;
        Text = text;
    }

    /// <summary>The kernel's "relative to the working directory".</summary>
    public static PlanValue CurrentDirectory { get; } = new(PlanArgumentKind.Constant, -100, "AT_FDCWD");

    public static PlanValue None { get; } = new(PlanArgumentKind.Constant, -1);

    public PlanArgumentKind Kind { get; }

    public long Value { get; }

    /// <summary>How a golden plan shows it, if not as a number: "MS_BIND|MS_REC".</summary>
    public string? Text { get; }

    public bool IsSlot => Kind == PlanArgumentKind.Slot;

    /// <summary>For a slot: the value that system calls write to or read from by pointer.</summary>
    public PlanValue Address =>
        Kind == PlanArgumentKind.Slot
            ? new PlanValue(PlanArgumentKind.SlotAddress, Value, Text)
            : throw new InvalidOperationException("Only a slot has an address in a plan.");

    /// <summary>A constant that golden plans show by its name.</summary>
    public static PlanValue Constant(long value, string text) => new(PlanArgumentKind.Constant, value, text);

    public static PlanValue Constant(ulong value, string text) => new(PlanArgumentKind.Constant, unchecked((long)value), text);

    /// <summary>The same for a name that has to be put together.</summary>
    public static PlanValue Constant(PlanBuilder plan, long value, [InterpolatedStringHandlerArgument(nameof(plan))] PlanName name) =>
        new(PlanArgumentKind.Constant, value, name.ToText());

    public static implicit operator PlanValue(int value) => new(PlanArgumentKind.Constant, value);

    public static implicit operator PlanValue(uint value) => new(PlanArgumentKind.Constant, value);

    public static implicit operator PlanValue(long value) => new(PlanArgumentKind.Constant, value);

    public static implicit operator PlanValue(ulong value) => new(PlanArgumentKind.Constant, unchecked((long)value));
}
