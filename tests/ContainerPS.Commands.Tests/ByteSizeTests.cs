using CsCheck;

namespace ContainerPS.Commands.Tests;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("0", 0L)]
    [InlineData("4096", 4096L)]
    [InlineData("64m", 64L << 20)]
    [InlineData("64MB", 64L << 20)]
    [InlineData("64MiB", 64L << 20)]
    [InlineData("1.5g", 3L << 29)]
    [InlineData(" 2 T ", 2L << 40)]
    [InlineData("1p", 1L << 50)]
    [InlineData("7b", 7L)]
    public void Units_are_powers_of_1024(string text, long bytes) => Assert.Equal(bytes, ByteSize.Parse(text).Bytes);

    [Theory]
    [InlineData("max")]
    [InlineData("MAX")]
    [InlineData("-1")]
    public void Max_is_no_limit(string text) => Assert.True(ByteSize.Parse(text).IsMax);

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("64x")]
    [InlineData("1,5g")]
    [InlineData("-64m")]
    [InlineData("1.2.3m")]
    [InlineData("9223372036854775808")]
    [InlineData("99999999p")]
    [InlineData("79228162514264337593543950335k")]
    public void What_is_no_size_is_refused(string text) => Assert.Throws<FormatException>(() => ByteSize.Parse(text));

    [Theory]
    [InlineData(0L, "0")]
    [InlineData(1023L, "1023")]
    [InlineData(64L << 20, "64MB")]
    [InlineData(3L << 29, "1536MB")]
    [InlineData((64L << 20) + 1, "67108865")]
    public void Its_text_reads_back_to_the_same(long bytes, string text)
    {
        Assert.Equal(text, new ByteSize(bytes).ToString());
        Assert.Equal(bytes, ByteSize.Parse(text).Bytes);
    }

    [Fact]
    public void Any_size_reads_back_from_its_text() =>
        Sizes.Sample(bytes => ByteSize.Parse(new ByteSize(bytes).ToString()).Bytes == bytes, iter: 10_000);

    /// <summary>A caller catches a FormatException and shows the forms; anything else is an error of ours.</summary>
    [Fact]
    public void Any_text_is_a_size_or_a_format_error() =>
        Texts.Sample(
            text =>
            {
                try
                {
                    return ByteSize.Parse(text) is { IsMax: true } or { Bytes: >= 0 };
                }
                catch (FormatException)
                {
                    return true;
                }
            },
            iter: 10_000
        );

    [Fact]
    public void No_limit_is_more_than_any_size()
    {
        Assert.True(ByteSize.Max > new ByteSize(long.MaxValue));
        Assert.True(new ByteSize(1) < new ByteSize(2));
    }

    [Theory]
    [InlineData(0L, "0B")]
    [InlineData(999L, "999B")]
    [InlineData(1000L, "0.98KB")]
    [InlineData(64L << 20, "64MB")]
    [InlineData(3L << 29, "1.5GB")]
    [InlineData((1000L << 10) - 1, "0.98MB")]
    public void People_read_three_digits(long bytes, string text) => Assert.Equal(text, ByteSize.ForPeople(bytes));

    /// <summary>Up to the largest unit.</summary>
    [Fact]
    public void People_never_read_more_than_three_digits() =>
        Sizes.Where(bytes => bytes < 999L << 50).Sample(bytes => ByteSize.ForPeople(bytes).Count(char.IsAsciiDigit) <= 3, iter: 10_000);

    /// <summary>As many small as large ones; half of them near a power of ten of a unit, where the shown digits become more.</summary>
    private static Gen<long> Sizes =>
        Gen.OneOf<long>(
            Gen.Select(Gen.Long[0, 1L << 20], Gen.Int[0, 42], (number, shift) => number << shift),
            Gen.Select(Gen.OneOf(1L, 10, 100, 1000), Gen.Int[0, 5], Gen.Long[-10_000, 10_000])
                .Select(
                    (number, unit, millionth) =>
                        (number << (10 * unit)) is var size ? Math.Max(0, size + (size / 1_000_000 * millionth)) : 0
                )
        );

    /// <summary>Half of them a number, of up to as many digits as a decimal holds and more, with something like a unit.</summary>
    private static Gen<string> Texts =>
        Gen.OneOf<string>(
            Gen.String[Gen.Char["0123456789999.kKmMgGtTpPibB -ax"], 0, 40],
            Gen.Select(
                Gen.String[Gen.Char['0', '9'], 1, 31],
                Gen.OneOf("", ".", ".5", "."),
                Gen.OneOf("", "k", "MB", "GiB", " t", "P", "e3"),
                string.Concat
            )
        );
}
