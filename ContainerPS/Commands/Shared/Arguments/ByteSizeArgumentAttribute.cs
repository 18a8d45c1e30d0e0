namespace ContainerPS.Commands;

/// <summary>A size: 64MB, 64m, 64MiB, 1.5g, max, or a number of bytes.</summary>
public sealed class ByteSizeArgumentAttribute : TextArgumentAttribute<ByteSize>
{
    /// <summary>Whether the parameter can be unlimited.</summary>
    public bool RefuseMax { get; init; }

    /// <inheritdoc/>
    protected override ByteSize Convert(object value, string text) => ByteSize.Parse(text);

    /// <inheritdoc/>
    protected override ByteSize Check(ByteSize value) =>
        RefuseMax && value.IsMax ? throw new FormatException("A size is needed here: it cannot be unlimited.") : value;
}
