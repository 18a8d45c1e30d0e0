using System.Buffers.Text;
using System.Text;

namespace ContainerPS.Engine.Containers.Log;

/// <summary>
/// A line of the log in the CRI format: `2016-10-06T00:17:09.669794202Z stdout F text`; P marks a piece of a longer line.
/// </summary>
internal readonly ref struct LogLine
{
    public DateTimeOffset Time { get; private init; }

    public ContainerStream Stream { get; private init; }

    public bool Partial { get; private init; }

    public ReadOnlySpan<byte> Message { get; private init; }

    /// <summary>False for what is no such line: a torn write, or somebody else's.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out LogLine line)
    {
        line = default;
        if (!NextField(ref text, out ReadOnlySpan<byte> time) || !NextField(ref text, out ReadOnlySpan<byte> stream))
        {
            return false;
        }
        // An empty message may come without the blank behind the tag.
        if (!NextField(ref text, out ReadOnlySpan<byte> tag))
        {
            tag = text;
            text = default;
        }

        if (!TryParseTime(time, out DateTimeOffset at))
        {
            return false;
        }

        bool isStdout = stream.SequenceEqual("stdout"u8);
        if (!isStdout && !stream.SequenceEqual("stderr"u8))
        {
            return false;
        }
        // Tags may be joined by colons; the first says whether the line is whole.
        if (tag.Length == 0 || tag[0] is not ((byte)'F' or (byte)'P'))
        {
            return false;
        }

        line = new LogLine
        {
            Time = at,
            Stream = isStdout ? ContainerStream.Stdout : ContainerStream.Stderr,
            Partial = tag[0] == 'P',
            Message = text,
        };
        return true;
    }

    public ContainerLogRecord ToRecord(string container) =>
        new()
        {
            Time = Time,
            Stream = Stream,
            Message = Encoding.UTF8.GetString(Message),
            Container = container,
            Partial = Partial,
        };

    private static bool NextField(ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> field)
    {
        int blank = text.IndexOf((byte)' ');
        field = blank < 0 ? default : text[..blank];
        if (blank >= 0)
        {
            text = text[(blank + 1)..];
        }

        return blank >= 0;
    }

    // Utf8Parser knows seven fractional digits, CRI writes nine: the last two are below a tick.
    private static bool TryParseTime(ReadOnlySpan<byte> text, out DateTimeOffset time)
    {
        time = default;
        if (text.Length < 20 || text[10] != 'T' || text[^1] != 'Z')
        {
            return false;
        }

        Span<byte> seven = stackalloc byte[28];
        int digits = Math.Min(text.Length - 1, 27);
        text[..digits].CopyTo(seven);
        if (digits == 19)
        {
            seven[digits++] = (byte)'.';
        }

        seven[digits..27].Fill((byte)'0');
        seven[27] = (byte)'Z';
        return Utf8Parser.TryParse(seven, out time, out int used, 'O') && used == 28;
    }
}
