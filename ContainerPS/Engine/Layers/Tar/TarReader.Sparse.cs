namespace ContainerPS.Engine.Layers.Tar;

public sealed partial class TarReader
{
    private const int MaximumExtents = 1 << 20;

    /// <summary>Pieces and size of GNU's own sparse header and the blocks that continue it.</summary>
    private (List<TarExtent> Extents, long RealSize) TakeGnuSparse(ReadOnlySpan<byte> header)
    {
        var extents = new List<TarExtent>();
        long realSize = TarHeader.Number(header[TarHeader.GnuRealSize], "real size");
        AddGnuExtents(header[TarHeader.GnuSparse..], TarHeader.GnuSparseEntries, extents);
        bool more = header[TarHeader.GnuSparseExtended] != 0;
        while (more)
        {
            ReadOnlySpan<byte> block = TakeBlock("in a sparse map");
            AddGnuExtents(block, TarHeader.GnuExtensionEntries, extents);
            more = block[TarHeader.GnuExtensionMore] != 0;
        }

        return (extents, realSize);
    }

    private void AddGnuExtents(ReadOnlySpan<byte> map, int count, List<TarExtent> extents)
    {
        for (int i = 0; i < count && map[i * 24] != 0; i++)
        {
            if (extents.Count >= MaximumExtents)
            {
                throw new TarFormatException(At("a sparse map has too many pieces"));
            }

            extents.Add(
                new TarExtent(
                    TarHeader.Number(map.Slice(i * 24, 12), "sparse offset"),
                    TarHeader.Number(map.Slice((i * 24) + 12, 12), "sparse length")
                )
            );
        }
    }

    private void FillPaxSparse(TarEntry entry, PaxSparse sparse)
    {
        if (entry.Kind is not TarEntryKind.File)
        {
            return;
        }

        if (sparse.MapInData)
        {
            TakeMapInData(sparse);
        }

        if (sparse.RealSize is not { } realSize)
        {
            throw Bad(entry, "it is sparse but its real size is missing");
        }

        SetSparse(entry, sparse.Extents, realSize);
    }

    // Format 1.0: "count\n", then offset and length in turn, each a decimal line, padded to a block.
    private void TakeMapInData(PaxSparse sparse)
    {
        int left = 0;
        Span<byte> block = stackalloc byte[TarHeader.BlockSize];
        long count = TakeLine(block, ref left);
        if (count is < 0 or > MaximumExtents)
        {
            throw new TarFormatException(At("a sparse map has too many pieces"));
        }

        for (long i = 0L; i < count; i++)
        {
            long offset = TakeLine(block, ref left);
            PaxRecords.AddExtent(sparse, offset, TakeLine(block, ref left));
        }
    }

    private long TakeLine(Span<byte> block, ref int left)
    {
        long value = 0;
        for (int digits = 0; ; digits++)
        {
            if (left == 0)
            {
                left = TakeMapBlock(block);
            }

            byte next = block[^left];
            left--;
            if (next == '\n' && digits > 0)
            {
                return value;
            }

            if (next is < (byte)'0' or > (byte)'9' || digits > 18)
            {
                throw new TarFormatException(At("a sparse map is malformed"));
            }

            value = (value * 10) + (next - '0');
        }
    }

    private int TakeMapBlock(Span<byte> block)
    {
        if (_dataLeft < TarHeader.BlockSize)
        {
            throw new TarFormatException(At("a sparse map is longer than its file"));
        }

        TakeBlock("in a sparse map").CopyTo(block);
        _dataLeft -= TarHeader.BlockSize;
        return TarHeader.BlockSize;
    }

    private void SetSparse(TarEntry entry, List<TarExtent> extents, long realSize)
    {
        long end = 0,
            stored = 0;
        foreach (TarExtent extent in extents)
        {
            if (extent.Offset < end || extent.Length < 0 || extent.Offset > realSize - extent.Length)
            {
                throw Bad(entry, "its sparse map makes no sense");
            }

            end = extent.Offset + extent.Length;
            stored += extent.Length;
        }

        if (realSize is < 0 or > MaximumFileSize || stored != _dataLeft)
        {
            throw Bad(entry, "its sparse map does not fit its data");
        }

        entry.Extents = extents;
        entry.Size = realSize;
    }
}
