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
    public void People_read_three_digits(long bytes, string text) => Assert.Equal(text, ByteSize.ForPeople(bytes));
}
