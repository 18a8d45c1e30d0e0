using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace ContainerPS.Engine.Layers.Tar;

/// <summary>What PAX records say of a file with holes: GNU's formats 0.0, 0.1 and 1.0.</summary>
internal sealed class PaxSparse
{
    public List<TarExtent> Extents { get; } = [];

    public long? RealSize { get; set; }

    /// <summary>The file's own name: the header's is one that old programs may safely extract to.</summary>
    public byte[]? Name { get; set; }

    /// <summary>Format 1.0: the map stands before the data.</summary>
    public bool MapInData { get; set; }

    public long PendingOffset { get; set; } = -1;
}

/// <summary>The extended headers in force: global ones, those of the next entry, GNU's long names.</summary>
internal sealed class PaxRecords
{
    private const int MaximumExtents = 1 << 20;

    private static readonly byte[] AttributePrefix = "SCHILY.xattr."u8.ToArray();

    private byte[] _global = [];
    private byte[] _local = [];

    public byte[]? LongName { get; set; }

    public byte[]? LongLink { get; set; }

    /// <summary>Forgets what belonged to the entry before.</summary>
    public void Begin()
    {
        _local = [];
        LongName = LongLink = null;
    }

    public void SetLocal(byte[] content) => _local = content;

    public void SetGlobal(byte[] content) => _global = content;

    /// <summary>Global records first, then the entry's own, which win. Returns what they say of holes.</summary>
    public PaxSparse? ApplyTo(TarEntry entry)
    {
        PaxSparse? sparse = null;
        Apply(_global, entry, ref sparse);
        Apply(_local, entry, ref sparse);
        if (sparse?.Name is { } name)
        {
            entry.Path = name;
        }

        return sparse;
    }

    // A record is "length key=value\n", the length counting itself (POSIX pax, "Extended Header").
    private static void Apply(ReadOnlySpan<byte> records, TarEntry entry, ref PaxSparse? sparse)
    {
        while (records.Length > 0)
        {
            if (records[0] == 0)
            {
                return; // some writers pad with NUL
            }

            if (
                !Utf8Parser.TryParse(records, out int length, out int digits)
                || digits == 0
                || length <= digits + 2
                || length > records.Length
            )
            {
                throw new TarFormatException("a PAX record has no sound length");
            }

            if (records[digits] != ' ' || records[length - 1] != '\n')
            {
                throw new TarFormatException("a PAX record is malformed");
            }

            ReadOnlySpan<byte> record = records[(digits + 1)..(length - 1)];
            int equals = record.IndexOf((byte)'=');
            if (equals <= 0)
            {
                throw new TarFormatException("a PAX record has no key");
            }

            ApplyRecord(record[..equals], record[(equals + 1)..], entry, ref sparse);
            records = records[length..];
        }
    }

    private static void ApplyRecord(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, TarEntry entry, ref PaxSparse? sparse)
    {
        if (key.StartsWith(AttributePrefix))
        {
            SetAttribute(entry, key[AttributePrefix.Length..], value);
            return;
        }

        // An empty value takes back a global record; the header's own value stands.
        if (value.Length == 0)
        {
            return;
        }

        if (key.SequenceEqual("path"u8))
        {
            entry.Path = value.ToArray();
        }
        else if (key.SequenceEqual("linkpath"u8))
        {
            entry.LinkPath = value.ToArray();
        }
        else if (key.SequenceEqual("size"u8))
        {
            entry.Size = Number(value, "size");
        }
        else if (key.SequenceEqual("uid"u8))
        {
            entry.Uid = Id(value);
        }
        else if (key.SequenceEqual("gid"u8))
        {
            entry.Gid = Id(value);
        }
        else if (key.SequenceEqual("mtime"u8))
        {
            SetMtime(entry, value);
        }
        else if (key.SequenceEqual("SCHILY.devmajor"u8))
        {
            entry.DeviceMajor = Id(value);
        }
        else if (key.SequenceEqual("SCHILY.devminor"u8))
        {
            entry.DeviceMinor = Id(value);
        }
        else if (key.StartsWith("GNU.sparse."u8))
        {
            ApplySparse(key["GNU.sparse.".Length..], value, sparse ??= new PaxSparse());
        }
    }

    private static void ApplySparse(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, PaxSparse sparse)
    {
        if (key.SequenceEqual("name"u8))
        {
            sparse.Name = value.ToArray();
        }
        else if (key.SequenceEqual("size"u8) || key.SequenceEqual("realsize"u8))
        {
            sparse.RealSize = Number(value, "sparse size");
        }
        else if (key.SequenceEqual("major"u8))
        {
            sparse.MapInData = Number(value, "sparse version") == 1;
        }
        else if (key.SequenceEqual("map"u8))
        {
            ParseMap(value, sparse);
        }
        else if (key.SequenceEqual("offset"u8))
        {
            sparse.PendingOffset = Number(value, "sparse offset");
        }
        else if (key.SequenceEqual("numbytes"u8))
        {
            AddExtent(sparse, sparse.PendingOffset, Number(value, "sparse length"));
        }
    }

    private static void ParseMap(ReadOnlySpan<byte> map, PaxSparse sparse)
    {
        while (map.Length > 0)
        {
            long offset = TakeNumber(ref map);
            AddExtent(sparse, offset, TakeNumber(ref map));
        }
    }

    private static long TakeNumber(ref ReadOnlySpan<byte> list)
    {
        int comma = list.IndexOf((byte)',');
        ReadOnlySpan<byte> number = comma < 0 ? list : list[..comma];
        list = comma < 0 ? default : list[(comma + 1)..];
        return Number(number, "sparse map");
    }

    internal static void AddExtent(PaxSparse sparse, long offset, long length)
    {
        if (sparse.Extents.Count >= MaximumExtents)
        {
            throw new TarFormatException("a sparse map has too many pieces");
        }

        sparse.Extents.Add(new TarExtent(offset, length));
    }

    private static void SetAttribute(TarEntry entry, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        byte[] key = name.ToArray();
        entry.Attributes.RemoveAll(attribute => attribute.Name.AsSpan().SequenceEqual(key));
        if (key.Length > 0)
        {
            entry.Attributes.Add(new TarAttribute(key, value.ToArray()));
        }
    }

    // Seconds with any number of decimals, possibly negative: -1.25 is 1.25 s before 1970, that is second -2 and 750,000,000 ns.
    private static void SetMtime(TarEntry entry, ReadOnlySpan<byte> value)
    {
        int dot = value.IndexOf((byte)'.');
        ReadOnlySpan<byte> whole = dot < 0 ? value : value[..dot];
        bool negative = whole.Length > 0 && whole[0] == '-';
        long seconds = whole.Length == 0 || (negative && whole.Length == 1) ? 0 : Number(whole, "time", allowNegative: true);
        int nanoseconds = dot < 0 ? 0 : Fraction(value[(dot + 1)..]);
        if (negative && nanoseconds > 0)
        {
            seconds--;
            nanoseconds = 1_000_000_000 - nanoseconds;
        }

        entry.MtimeSeconds = seconds;
        entry.MtimeNanoseconds = (uint)nanoseconds;
    }

    private static int Fraction(ReadOnlySpan<byte> digits)
    {
        int value = 0;
        for (int i = 0; i < 9; i++)
        {
            int digit = i < digits.Length ? digits[i] - '0' : 0;
            if (digit is < 0 or > 9)
            {
                throw new TarFormatException("a PAX time is malformed");
            }

            value = (value * 10) + digit;
        }

        return value;
    }

    private static uint Id(ReadOnlySpan<byte> value)
    {
        long id = Number(value, "number");
        return id < uint.MaxValue
            ? (uint)id
            : throw new TarFormatException($"the PAX number {id.ToString(CultureInfo.InvariantCulture)} is too large");
    }

    internal static long Number(ReadOnlySpan<byte> value, string what, bool allowNegative = false) =>
        Utf8Parser.TryParse(value, out long number, out int used) && used == value.Length && (number >= 0 || allowNegative)
            ? number
            : throw new TarFormatException($"the PAX {what} '{Encoding.UTF8.GetString(value[..Math.Min(value.Length, 40)])}' is no number");
}
