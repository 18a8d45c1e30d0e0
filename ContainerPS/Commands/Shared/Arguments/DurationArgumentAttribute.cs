namespace ContainerPS.Commands;

/// <summary>A length of time: a number is seconds, text has units, a TimeSpan is taken as it is.</summary>
public sealed class DurationArgumentAttribute : TextArgumentAttribute<Duration>
{
    /// <summary>Whether zero makes no sense.</summary>
    public bool RefuseZero { get; init; }

    /// <inheritdoc/>
    protected override Duration Convert(object value, string text) =>
        value switch
        {
            TimeSpan span when span >= TimeSpan.Zero => new Duration(span),
            TimeSpan => throw new FormatException("A length of time cannot be negative."),
            double or float => Duration.FromSeconds(System.Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture)),
            _ => Duration.Parse(text),
        };

    /// <inheritdoc/>
    protected override Duration Check(Duration value) =>
        RefuseZero && value.Value == TimeSpan.Zero ? throw new FormatException("A length of time above zero is needed here.") : value;
}
