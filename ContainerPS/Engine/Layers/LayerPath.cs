using ContainerPS.Engine.Layers.Tar;

namespace ContainerPS.Engine.Layers;

/// <summary>
/// The name of a layer's entry, taken apart: no <c>.</c>, no empty parts, no trailing slash, never <c>..</c> and never absolute. What is
/// left can only climb out through a symbolic link, and that the kernel refuses (openat2, RESOLVE_BENEATH).
/// </summary>
internal sealed class LayerPath
{
    /// <summary>PATH_MAX counts the NUL.</summary>
    private const int Maximum = 4095;

    private readonly byte[] _bytes = new byte[Maximum + 1];
    private int _length;
    private int _name;

    public bool IsRoot => _length == 0;

    /// <summary>Without NUL.</summary>
    public ReadOnlySpan<byte> Full => _bytes.AsSpan(0, _length);

    /// <summary>Without NUL; empty for the root.</summary>
    public ReadOnlySpan<byte> Parent => _bytes.AsSpan(0, Math.Max(0, _name - 1));

    /// <summary>The last component with NUL at its end, as a system call wants it.</summary>
    public ReadOnlySpan<byte> Name => _bytes.AsSpan(_name, _length - _name + 1);

    public ReadOnlySpan<byte> BareName => _bytes.AsSpan(_name, _length - _name);

    public void Set(ReadOnlySpan<byte> raw)
    {
        if (raw.Length > 0 && raw[0] == '/' && raw.ContainsAnyExcept((byte)'/'))
        {
            throw LayerProblem.Escape(raw, "its path is absolute");
        }

        _length = _name = 0;
        for (ReadOnlySpan<byte> rest = raw; rest.Length > 0; )
        {
            int slash = rest.IndexOf((byte)'/');
            ReadOnlySpan<byte> part = slash < 0 ? rest : rest[..slash];
            rest = slash < 0 ? default : rest[(slash + 1)..];
            if (part.Length == 0 || part.SequenceEqual("."u8))
            {
                continue;
            }

            if (part.SequenceEqual(".."u8))
            {
                throw LayerProblem.Escape(raw, "its path has '..' in it");
            }

            Append(part, raw);
        }

        _bytes[_length] = 0;
    }

    public override string ToString() => TarReader.Show(Full);

    private void Append(ReadOnlySpan<byte> part, ReadOnlySpan<byte> raw)
    {
        int separator = _length > 0 ? 1 : 0;
        if (_length + separator + part.Length > Maximum)
        {
            throw LayerProblem.Corrupt($"the path of the entry '{TarReader.Show(raw)}' is longer than {Maximum} bytes");
        }

        if (separator == 1)
        {
            _bytes[_length++] = (byte)'/';
        }

        _name = _length;
        part.CopyTo(_bytes.AsSpan(_length));
        _length += part.Length;
    }
}

/// <summary>Paths as dictionary keys.</summary>
internal sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static readonly BytesComparer Instance = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(ReadOnlySpan<byte> alternate)
    {
        var hash = default(HashCode);
        hash.AddBytes(alternate);
        return hash.ToHashCode();
    }
}
