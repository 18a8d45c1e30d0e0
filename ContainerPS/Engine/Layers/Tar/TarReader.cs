using System.Buffers;
using System.Globalization;

namespace ContainerPS.Engine.Layers.Tar;

/// <summary>
/// Reads tar archives of every kind met in images: V7, ustar, star, GNU and PAX, with long names, sparse files and extended attributes.
/// The ordinary use: <see cref="ReadNext"/> until it is false; after each entry <see cref="ReadData"/> until it is empty (or not at all).
/// </summary>
/// <remarks>
/// Written by hand because System.Formats.Tar (.NET 10) loses what images have: it knows no sparse file of GNU or PAX, decodes names to
/// text (bytes that are not UTF-8 are lost), and takes the values of extended attributes as text, which destroys security.capability.
/// Trusts nothing: every number is checked, names and PAX records are capped, what is cut short is a <see cref="TarFormatException"/>.
/// Names are not looked into; that they stay beneath a root is the unpacker's and the kernel's work.
/// </remarks>
public sealed partial class TarReader : IDisposable
{
    /// <summary>A PAX header of Linux: names of 4096, attributes of 64 KiB; far above what is met, far below what harms.</summary>
    private const int MaximumExtendedHeader = 1 << 20;
    private const int BufferSize = 1 << 20;

    /// <summary>An inflater gives what it has, a few KiB at a time: gathered, most files are one write.</summary>
    private const int Gather = 256 * 1024;

    private const long MaximumFileSize = long.MaxValue - (2L * TarHeader.BlockSize);

    private readonly Stream _source;
    private readonly bool _requireEnd;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private int _start;
    private int _end;
    private long _consumed;
    private long _dataLeft;
    private int _padding;

    /// <param name="source">The uncompressed archive; not disposed.</param>
    /// <param name="requireEnd">An archive without its closing zero block was cut short. False only where a digest proves it whole.</param>
    public TarReader(Stream source, bool requireEnd = true)
    {
        _source = source;
        _requireEnd = requireEnd;
    }

    /// <summary>Bytes of the archive taken in so far.</summary>
    public long Position => _consumed;

    /// <summary>Fills the entry with the next one; false at the end of the archive.</summary>
    public bool ReadNext(TarEntry entry)
    {
        SkipData();
        entry.Reset();
        _pax.Begin();
        while (true)
        {
            if (!TryTakeHeader(out ReadOnlySpan<byte> header))
            {
                return false;
            }

            if (TakeExtension(header))
            {
                continue;
            }

            Fill(entry, header);
            return true;
        }
    }

    /// <summary>
    /// The next piece of the entry's stored data, straight from the buffer (valid until the next call); empty at its end.
    /// </summary>
    public ReadOnlySpan<byte> ReadData()
    {
        if (_dataLeft == 0)
        {
            return default;
        }

        if (_start == _end)
        {
            Refill("in the middle of a file");
        }

        int take = (int)Math.Min(_dataLeft, _end - _start);
        Span<byte> piece = _buffer.AsSpan(_start, take);
        Advance(take);
        _dataLeft -= take;
        return piece;
    }

    /// <summary>Reads what follows the archive, so that a digest over the source is whole.</summary>
    public void Drain()
    {
        _consumed += _end - _start;
        for (_start = _end = 0; _source.Read(_buffer) is var got and > 0; )
        {
            _consumed += got;
        }
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = [];
    }

    private bool TryTakeHeader(out ReadOnlySpan<byte> header)
    {
        header = default;
        if (!TryTakeBlock(out ReadOnlySpan<byte> block))
        {
            return !_requireEnd ? false : throw new TarFormatException(At("the archive ends without its closing block"));
        }

        if (TarHeader.IsZero(block))
        {
            return false;
        }

        if (!TarHeader.ChecksumHolds(block))
        {
            throw new TarFormatException(At("there is no tar header (its checksum does not hold)"));
        }

        header = block;
        return true;
    }

    private ReadOnlySpan<byte> TakeBlock(string where) =>
        TryTakeBlock(out ReadOnlySpan<byte> block) ? block : throw new TarFormatException(At($"the archive ends {where}"));

    private bool TryTakeBlock(out ReadOnlySpan<byte> block)
    {
        block = default;
        while (_end - _start < TarHeader.BlockSize)
        {
            if (_start > 0)
            {
                Compact();
            }

            Span<byte> free = _buffer.AsSpan(_end);
            int got = _source.ReadAtLeast(free, Math.Min(Gather, free.Length), throwOnEndOfStream: false);
            if (got == 0)
            {
                return _end == _start ? false : throw new TarFormatException(At("the archive ends in the middle of a block"));
            }

            _end += got;
        }

        block = _buffer.AsSpan(_start, TarHeader.BlockSize);
        Advance(TarHeader.BlockSize);
        return true;
    }

    private void Compact()
    {
        Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
        _end -= _start;
        _start = 0;
    }

    private void Refill(string where)
    {
        _start = 0;
        _end = _source.ReadAtLeast(_buffer, Gather, throwOnEndOfStream: false);
        if (_end == 0)
        {
            throw new TarFormatException(At($"the archive ends {where}"));
        }
    }

    private void Advance(int count)
    {
        _start += count;
        _consumed += count;
    }

    private void BeginData(long length)
    {
        _dataLeft = length;
        _padding = (int)(-length & (TarHeader.BlockSize - 1));
    }

    private void SkipData()
    {
        long left = _dataLeft + _padding;
        _dataLeft = _padding = 0;
        if (left > _end - _start && _source.CanSeek)
        {
            left = SeekOver(left);
        }

        while (left > 0)
        {
            if (_start == _end)
            {
                Refill("in the middle of a file");
            }

            int take = (int)Math.Min(left, _end - _start);
            Advance(take);
            left -= take;
        }
    }

    // An archive on disk that is read for its names only: what is behind the buffer is not read at all.
    private long SeekOver(long left)
    {
        int buffered = _end - _start;
        Advance(buffered);
        left -= buffered;
        if (_source.Position + left > _source.Length)
        {
            throw new TarFormatException(At("the archive ends in the middle of a file"));
        }

        _source.Seek(left, SeekOrigin.Current);
        _start = _end = 0;
        _consumed += left;
        return 0;
    }

    private byte[] TakeExtendedHeader(long size)
    {
        if (size is < 0 or > MaximumExtendedHeader)
        {
            throw new TarFormatException(
                At(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"an extended header says it has {size} bytes; {MaximumExtendedHeader} are allowed"
                    )
                )
            );
        }

        byte[] content = new byte[size];
        BeginData(size);
        for (int filled = 0; filled < content.Length; )
        {
            ReadOnlySpan<byte> piece = ReadData();
            piece.CopyTo(content.AsSpan(filled));
            filled += piece.Length;
        }

        SkipData();
        return content;
    }

    private string At(string what) => string.Create(CultureInfo.InvariantCulture, $"{what} (at byte {_consumed})");
}
