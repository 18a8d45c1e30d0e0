namespace ContainerPS.Bench;

/// <summary>The times of one contender in one row, in the row's unit (milliseconds unless the row says otherwise).</summary>
public sealed class Sample
{
    private readonly List<double> _values = [];

    public int Count => _values.Count;

    public double Median => Quantile(0.5);

    public double Minimum => _values.Min();

    public double Percentile90 => Quantile(0.9);

    public void Add(double value) => _values.Add(value);

    private double Quantile(double q)
    {
        double[] sorted = [.. _values.Order()];
        double position = q * (sorted.Length - 1);
        int below = (int)position;
        return below + 1 < sorted.Length ? sorted[below] + ((position - below) * (sorted[below + 1] - sorted[below])) : sorted[below];
    }
}
