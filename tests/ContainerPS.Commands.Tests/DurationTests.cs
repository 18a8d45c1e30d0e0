using CsCheck;

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
    [InlineData("79228162514264337593543950335")]
    [InlineData("79228162514264337593543950335h")]
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

    [Fact]
    public void Any_number_of_microseconds_reads_back_from_its_text() =>
        Gen.Long[0, TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMicrosecond]
            .Select(microseconds => new Duration(TimeSpan.FromTicks(microseconds * TimeSpan.TicksPerMicrosecond)))
            .Sample(duration => Duration.Parse(duration.ToString()) == duration, iter: 10_000);

    /// <summary>A caller catches a FormatException and shows the forms; anything else is an error of ours.</summary>
    [Fact]
    public void Any_text_is_a_duration_or_a_format_error() =>
        Texts.Sample(
            text =>
            {
                try
                {
                    return Duration.Parse(text).Value >= TimeSpan.Zero;
                }
                catch (FormatException)
                {
                    return true;
                }
            },
            iter: 10_000
        );

    /// <summary>Half of them numbers, of up to as many digits as a decimal holds and more, with something like units.</summary>
    private static Gen<string> Texts =>
        Gen.OneOf<string>(
            Gen.String[Gen.Char["0123456789999.dhmsuq -"], 0, 40],
            Gen.Select(
                    Gen.String[Gen.Char['0', '9'], 1, 31],
                    Gen.OneOf("", ".", ".5"),
                    Gen.OneOf("", "d", "h", "m", "s", "ms", "us", "e3"),
                    string.Concat
                )
                .Array[1, 4]
                .Select(string.Concat)
        );

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(-0.1)]
    [InlineData(1e300)]
    public void What_is_no_number_of_seconds_is_refused(double seconds) =>
        Assert.Throws<FormatException>(() => Duration.FromSeconds(seconds));
}
