using System.Text;

namespace ContainerPS.Commands.Tests;

public sealed class LineDecoderTests
{
    [Theory]
    [InlineData("one\ntwo\n", "one|two")]
    [InlineData("one\ntwo", "one|two")]
    [InlineData("\n\n", "|")]
    [InlineData("a\r\nb\rc\n", "a|b\rc")]
    [InlineData("", "")]
    public void Lines_end_at_LF_or_CRLF(string text, string lines) =>
        Assert.Equal(lines, string.Join('|', Decode([Encoding.UTF8.GetBytes(text)])));

    [Fact]
    public void A_character_may_be_cut_anywhere()
    {
        byte[] bytes = Encoding.UTF8.GetBytes("ä€🐋\nß\n");
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            Assert.Equal(["ä€🐋", "ß"], Decode([bytes[..cut], bytes[cut..]]));
        }

        Assert.Equal(["ä€🐋", "ß"], Decode(bytes.Select(b => new[] { b })));
    }

    [Fact]
    public void What_is_no_UTF8_becomes_the_replacement_character()
    {
        Assert.Equal(
            ["a\ufffdb"],
            Decode([
                [(byte)'a', 0xff, (byte)'b', (byte)'\n'],
            ])
        );
        Assert.Equal(
            ["\ufffd"],
            Decode([
                [0xe2, 0x82],
            ])
        );
    }

    [Fact]
    public void A_line_may_be_longer_than_any_buffer()
    {
        string line = new string('x', 1_000_003);
        Assert.Equal([line, "end"], Decode([Encoding.UTF8.GetBytes(line + "\nend")]));
    }

    private static List<string> Decode(IEnumerable<byte[]> chunks)
    {
        var lines = new List<string>();
        var decoder = new LineDecoder(lines.Add);
        foreach (byte[] chunk in chunks)
        {
            decoder.Add(chunk);
        }

        decoder.Complete();
        return lines;
    }
}
