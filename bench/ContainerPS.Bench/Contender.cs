namespace ContainerPS.Bench;

/// <summary>One who does a row's work: measures itself once and says how long that took.</summary>
/// <param name="Name">As printed.</param>
/// <param name="Once">One run; null where it is absent.</param>
/// <param name="Absent">Why it is absent.</param>
public sealed record Contender(string Name, Func<double>? Once, string? Absent = null)
{
    /// <summary>
    /// Lives in a .NET process: it is run until the runtime has compiled its code for good (tiered compilation), which is what "warm"
    /// means.
    /// </summary>
    public bool IsManaged { get; init; }
}

/// <summary>What ours must keep against another contender of the same row.</summary>
/// <param name="Other">The other's name.</param>
/// <param name="Holds">Takes our median and the other's.</param>
/// <param name="Text">As the issue says it.</param>
public sealed record Bound(string Other, Func<double, double, bool> Holds, string Text)
{
    public static Bound AtMostTimes(string other, double factor) =>
        new(other, (ours, theirs) => ours <= theirs * factor, $"at most {factor:0.0}x {other}");

    public static Bound FasterTimes(string other, double factor) =>
        new(other, (ours, theirs) => ours * factor <= theirs, $"{factor:0.#}x faster than {other}");

    public static Bound AtMostMore(string other, double more, string unit) =>
        new(other, (ours, theirs) => ours <= theirs + more, $"at most {more:0.#} {unit} over {other}");
}

/// <summary>One row of the table. The first contender is ours.</summary>
public sealed record Row(string Title, IReadOnlyList<Contender> Contenders, IReadOnlyList<Bound> Bounds)
{
    public int Runs { get; init; } = 31;

    /// <summary>Idle time before each run: isolated means 200 ms.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.Zero;

    public string Unit { get; init; } = "ms";

    /// <summary>
    /// Printed when a bound does not hold: where the time goes, as traced (tracefs: system calls, scheduler), with the day.
    /// </summary>
    public string? Traced { get; init; }

    /// <summary>Our median may be at most this, whatever the others do.</summary>
    public double? Ceiling { get; init; }
}

/// <summary>A row after it was run.</summary>
public sealed record RowResult(Row Row, IReadOnlyDictionary<string, Sample> Samples, double LoadBefore, double LoadAfter);
