using System.Globalization;
using System.Text;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Layers.Tar;

/// <summary>
/// Writes POSIX tar: ustar headers, PAX records where ustar has no room (long names, large numbers, attributes, holes). The same entries
/// give the same bytes. The ordinary use: <see cref="Begin"/>, <see cref="Write"/> until all of the size is written, … and
/// <see cref="Finish"/>.
/// </summary>
/// <param name="target">Not owned.</param>
public sealed class TarWriter(Stream target)
{
    private const long OctalMaximum11 = (1L << 33) - 1;
    private const uint OctalMaximum7 = (1 << 21) - 1;
    private const int NameLength = 100;
    private const int PrefixLength = 155;

    private static readonly byte[] Zeros = new byte[2 * TarHeader.BlockSize];

    private readonly byte[] _header = new byte[TarHeader.BlockSize];
    private long _left;
    private int _padding;

    /// <summary>Begins an entry; a file's data follow. Times are whole seconds.</summary>
    public void Begin(TarEntry entry)
    {
        End();
        byte[] records = Records(entry);
        if (records.Length > 0)
        {
            WriteExtended(entry, records);
        }

        byte[] map = entry.Extents is { } extents ? SparseMap(extents) : [];
        long stored = StoredSize(entry);
        Array.Clear(_header);
        PutName(entry.Extents is null ? entry.Path : SparseName(entry.Path));
        Fill(entry, TypeOf(entry.Kind), map.Length + stored);
        Span<byte> link = entry.LinkPath.AsSpan();
        link[..Math.Min(link.Length, NameLength)].CopyTo(_header.AsSpan()[TarHeader.LinkName]);
        WriteHeader();
        target.Write(map);
        _left = stored;
        _padding = (int)(-_left & (TarHeader.BlockSize - 1));
    }

    /// <summary>A piece of the entry's data.</summary>
    public void Write(ReadOnlySpan<byte> data)
    {
        if (data.Length > _left)
        {
            throw new InvalidOperationException("More data than the entry's size.");
        }

        target.Write(data);
        _left -= data.Length;
    }

    /// <summary>What the file did not have any more when it was read: zeros, so that the archive stays whole.</summary>
    public void PadMissing()
    {
        while (_left > 0)
        {
            int take = (int)Math.Min(_left, Zeros.Length);
            Write(Zeros.AsSpan(0, take));
        }
    }

    /// <summary>The two closing blocks.</summary>
    public void Finish()
    {
        End();
        target.Write(Zeros);
    }

    private void End()
    {
        if (_left != 0)
        {
            throw new InvalidOperationException("Less data than the entry's size.");
        }

        target.Write(Zeros.AsSpan(0, _padding));
        _padding = 0;
    }

    private void WriteExtended(TarEntry entry, byte[] records)
    {
        Array.Clear(_header);
        PutName([.. "PaxHeaders.0/"u8, .. LastPart(entry.Path)]);
        Fill(new TarEntry { Mode = Modes.Mode0644 }, 'x', records.Length);
        WriteHeader();
        target.Write(records);
        target.Write(Zeros.AsSpan(0, (int)(-records.Length & (TarHeader.BlockSize - 1))));
    }

    private static byte[] Records(TarEntry entry)
    {
        using var records = new MemoryStream();
        if (entry.Extents is not null)
        {
            PutSparse(records, entry);
        }
        else if (SplitName(entry.Path) < 0)
        {
            Put(records, "path"u8, entry.Path);
        }

        if (entry.LinkPath.Length > NameLength)
        {
            Put(records, "linkpath"u8, entry.LinkPath);
        }

        long size = StoredSize(entry) + (entry.Extents is { } extents ? SparseMap(extents).Length : 0);
        if (size > OctalMaximum11)
        {
            Put(records, "size"u8, Text(size));
        }

        if (entry.Uid > OctalMaximum7)
        {
            Put(records, "uid"u8, Text(entry.Uid));
        }

        if (entry.Gid > OctalMaximum7)
        {
            Put(records, "gid"u8, Text(entry.Gid));
        }

        if (entry.MtimeSeconds is < 0 or > OctalMaximum11)
        {
            Put(records, "mtime"u8, Text(entry.MtimeSeconds));
        }

        foreach (TarAttribute attribute in entry.Attributes)
        {
            Put(records, [.. "SCHILY.xattr."u8, .. attribute.Name], attribute.Value);
        }

        return records.ToArray();
    }

    // GNU tar's PAX format 1.0 ("Storing Sparse Files" in its manual): the map stands before the data, the real name in a record, and a
    // program that does not know the format unpacks map and data under a name of their own.
    private static void PutSparse(MemoryStream records, TarEntry entry)
    {
        Put(records, "GNU.sparse.major"u8, "1"u8);
        Put(records, "GNU.sparse.minor"u8, "0"u8);
        Put(records, "GNU.sparse.name"u8, entry.Path);
        Put(records, "GNU.sparse.realsize"u8, Text(entry.Size));
    }

    private static byte[] SparseName(ReadOnlySpan<byte> path) => [.. "GNUSparseFile.0/"u8, .. LastPart(path)];

    private static byte[] SparseMap(List<TarExtent> extents)
    {
        using var map = new MemoryStream();
        PutLine(map, extents.Count);
        foreach (TarExtent extent in extents)
        {
            PutLine(map, extent.Offset);
            PutLine(map, extent.Length);
        }

        map.Write(Zeros.AsSpan(0, (int)(-map.Length & (TarHeader.BlockSize - 1))));
        return map.ToArray();
    }

    private static void PutLine(MemoryStream map, long number)
    {
        map.Write(Text(number));
        map.WriteByte((byte)'\n');
    }

    /// <summary>Bytes of data that follow the header, without a map.</summary>
    private static long StoredSize(TarEntry entry) =>
        entry.Kind is not TarEntryKind.File ? 0
        : entry.Extents is { } extents ? extents.Sum(extent => extent.Length)
        : entry.Size;

    // The length counts its own digits: one more digit may make one more necessary.
    private static void Put(MemoryStream records, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        int body = key.Length + value.Length + 3;
        int length = body + Text(body).Length;
        if (Text(length).Length != Text(body).Length)
        {
            length = body + Text(length).Length;
        }

        records.Write(Text(length));
        records.WriteByte((byte)' ');
        records.Write(key);
        records.WriteByte((byte)'=');
        records.Write(value);
        records.WriteByte((byte)'\n');
    }

    private static byte[] Text(long number) => Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture));

    private static ReadOnlySpan<byte> LastPart(ReadOnlySpan<byte> path)
    {
        path = path.TrimEnd((byte)'/');
        ReadOnlySpan<byte> name = path[(path.LastIndexOf((byte)'/') + 1)..];
        return name[..Math.Min(name.Length, NameLength - 20)];
    }

    /// <summary>Where the name is cut into prefix and name: 0 when it needs no prefix, -1 when it does not fit.</summary>
    private static int SplitName(ReadOnlySpan<byte> path)
    {
        if (path.Length <= NameLength)
        {
            return 0;
        }

        if (path.Length > PrefixLength + 1 + NameLength)
        {
            return -1;
        }

        int from = path.Length - NameLength - 1;
        int slash = path[from..Math.Min(PrefixLength + 1, path.Length - 1)].IndexOf((byte)'/');
        return slash < 0 ? -1 : from + slash;
    }

    private void PutName(ReadOnlySpan<byte> path)
    {
        int cut = SplitName(path);
        if (cut > 0)
        {
            path[..cut].CopyTo(_header.AsSpan()[TarHeader.Prefix]);
            path = path[(cut + 1)..];
        }

        path[..Math.Min(path.Length, NameLength)].CopyTo(_header.AsSpan()[TarHeader.Name]);
    }

    private void Fill(TarEntry entry, char type, long size)
    {
        Octal(TarHeader.Mode, entry.Mode);
        Octal(TarHeader.Uid, entry.Uid > OctalMaximum7 ? 0 : entry.Uid);
        Octal(TarHeader.Gid, entry.Gid > OctalMaximum7 ? 0 : entry.Gid);
        Octal(TarHeader.Size, size > OctalMaximum11 ? 0 : size);
        Octal(TarHeader.Mtime, entry.MtimeSeconds is < 0 or > OctalMaximum11 ? 0 : entry.MtimeSeconds);
        _header[TarHeader.Type] = (byte)type;
        "ustar\000"u8.CopyTo(_header.AsSpan()[TarHeader.Magic]);
        if (entry.Kind is not (TarEntryKind.CharacterDevice or TarEntryKind.BlockDevice))
        {
            return;
        }

        Octal(TarHeader.DeviceMajor, entry.DeviceMajor);
        Octal(TarHeader.DeviceMinor, entry.DeviceMinor);
    }

    private void Octal(Range field, long value)
    {
        Span<byte> span = _header.AsSpan()[field];
        span = span[..^1];
        for (int i = span.Length - 1; i >= 0; i--)
        {
            span[i] = (byte)('0' + (value & 7));
            value >>= 3;
        }
    }

    private void WriteHeader()
    {
        Span<byte> field = _header.AsSpan()[TarHeader.Checksum];
        field.Fill((byte)' ');
        int sum = 0;
        foreach (byte value in _header)
        {
            sum += value;
        }

        for (int i = 5; i >= 0; i--)
        {
            field[i] = (byte)('0' + (sum & 7));
            sum >>= 3;
        }

        field[6] = 0;
        target.Write(_header);
    }

    private static char TypeOf(TarEntryKind kind) =>
        kind switch
        {
            TarEntryKind.File => '0',
            TarEntryKind.HardLink => '1',
            TarEntryKind.Symlink => '2',
            TarEntryKind.CharacterDevice => '3',
            TarEntryKind.BlockDevice => '4',
            TarEntryKind.Directory => '5',
            _ => '6',
        };
}
