using System.Buffers.Binary;

namespace ContainerPS.Engine.Layers.Tar;

/// <summary>Where the fields of a 512-byte header lie (POSIX ustar, GNU, star, V7), and how its numbers are written.</summary>
internal static class TarHeader
{
    public const int BlockSize = 512;

    public static readonly Range Name = ..100;
    public static readonly Range Mode = 100..108;
    public static readonly Range Uid = 108..116;
    public static readonly Range Gid = 116..124;
    public static readonly Range Size = 124..136;
    public static readonly Range Mtime = 136..148;
    public static readonly Range Checksum = 148..156;
    public const int Type = 156;
    public static readonly Range LinkName = 157..257;
    public static readonly Range Magic = 257..265;
    public static readonly Range DeviceMajor = 329..337;
    public static readonly Range DeviceMinor = 337..345;
    public static readonly Range Prefix = 345..500;
    public static readonly Range StarPrefix = 345..476;
    public static readonly Range StarTrailer = 508..512;

    // GNU's own sparse header ('S').
    public const int GnuSparse = 386;
    public const int GnuSparseEntries = 4;
    public const int GnuSparseExtended = 482;
    public static readonly Range GnuRealSize = 483..495;
    public const int GnuExtensionEntries = 21;
    public const int GnuExtensionMore = 504;

    public static ReadOnlySpan<byte> UstarMagic => "ustar\0"u8;

    public static ReadOnlySpan<byte> GnuMagic => "ustar  \0"u8;

    public static bool IsZero(ReadOnlySpan<byte> block) => !block.ContainsAnyExcept((byte)0);

    /// <summary>Text up to the first NUL.</summary>
    public static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> field) => field.IndexOf((byte)0) is var end and >= 0 ? field[..end] : field;

    /// <summary>Octal digits, or base 256 when the first bit is set (GNU; also negative).</summary>
    public static long Number(ReadOnlySpan<byte> field, string what)
    {
        if ((field[0] & 0x80) != 0)
        {
            return Base256(field, what);
        }

        ReadOnlySpan<byte> digits = Text(field).Trim((byte)' ');
        long value = 0;
        foreach (byte digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'7' || value > long.MaxValue >> 3)
            {
                throw new TarFormatException($"the header's {what} is no number");
            }

            value = (value << 3) | (uint)(digit - '0');
        }

        return value;
    }

    /// <summary>The sum over the header with the field itself as spaces; some old programs added signed characters.</summary>
    public static bool ChecksumHolds(ReadOnlySpan<byte> header)
    {
        long stored = Number(header[Checksum], "checksum");
        long unsigned = 8 * ' ',
            signed = 8 * ' ';
        for (int i = 0; i < BlockSize; i++)
        {
            if (i is >= 148 and < 156)
            {
                continue;
            }

            unsigned += header[i];
            signed += (sbyte)header[i];
        }

        return stored == unsigned || stored == signed;
    }

    private static long Base256(ReadOnlySpan<byte> field, string what)
    {
        // Two's complement, big-endian, over the whole field but for the first bit, which only marks the form.
        bool negative = (field[0] & 0x40) != 0;
        ReadOnlySpan<byte> tail = field[^8..];
        long value = BinaryPrimitives.ReadInt64BigEndian(tail);
        byte fill = (byte)(negative ? 0xff : 0);
        if (field.Length == 8)
        {
            return negative ? value | long.MinValue : value & long.MaxValue;
        }

        ReadOnlySpan<byte> head = field[..^8];
        bool fits = (head[0] | 0x80) == (fill | 0x80) && !head[1..].ContainsAnyExcept(fill) && (value < 0) == negative;
        return fits ? value : throw new TarFormatException($"the header's {what} is too large");
    }
}
