namespace ContainerPS.Commands.Tests;

public sealed class DurationTests
{
    [Theory]
    [InlineData("10", 10_000)]
    [InlineData("2.5", 2_500)]
    [InlineData("10s", 10_000)]
    [InlineData("5m", 300_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1d2h", 93_600_000)]
    [InlineData("250ms", 250)]
    [InlineData("1s250ms", 1_250)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("0", 0)]
    public void Numbers_are_seconds_and_units_are_units(string text, int milliseconds) =>
        Assert.Equal(milliseconds, Duration.Parse(text).Value.TotalMilliseconds);

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("10q")]
    [InlineData("-1")]
    [InlineData("30m1h")]
    [InlineData("1s1s")]
    [InlineData("1,5")]
    [InlineData("1e3")]
    [InlineData("00:00:10")]
    [InlineData("99999999999d")]
    public void What_is_no_length_of_time_is_refused(string text) => Assert.Throws<FormatException>(() => Duration.Parse(text));

    [Theory]
    [InlineData("90m", "1h30m")]
    [InlineData("10", "10s")]
    [InlineData("1.5", "1s500ms")]
    [InlineData("0", "0s")]
    [InlineData("36h", "1d12h")]
    public void Its_text_reads_back_to_the_same(string text, string shown)
    {
        var duration = Duration.Parse(text);
        Assert.Equal(shown, duration.ToString());
        Assert.Equal(duration, Duration.Parse(shown));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(-0.1)]
    [InlineData(1e300)]
    public void What_is_no_number_of_seconds_is_refused(double seconds) =>
        Assert.Throws<FormatException>(() => Duration.FromSeconds(seconds));
}
