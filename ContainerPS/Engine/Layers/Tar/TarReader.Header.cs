using System.Text;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Layers.Tar;

public sealed partial class TarReader
{
    private readonly PaxRecords _pax = new();

    /// <summary>Headers that only say something of the next: PAX, GNU's long names, volume labels.</summary>
    private bool TakeExtension(ReadOnlySpan<byte> header)
    {
        char type = (char)header[TarHeader.Type];
        if (type is not ('x' or 'X' or 'g' or 'L' or 'K' or 'V'))
        {
            return false;
        }

        byte[] content = TakeExtendedHeader(TarHeader.Number(header[TarHeader.Size], "size"));
        switch (type)
        {
            case 'x' or 'X':
                _pax.SetLocal(content);
                break;
            case 'g':
                _pax.SetGlobal(content);
                break;
            case 'L':
                _pax.LongName = TarHeader.Text(content).ToArray();
                break;
            case 'K':
                _pax.LongLink = TarHeader.Text(content).ToArray();
                break;
        }

        return true;
    }

    private void Fill(TarEntry entry, ReadOnlySpan<byte> header)
    {
        char type = (char)header[TarHeader.Type];
        entry.Path = _pax.LongName ?? NameOf(header);
        entry.LinkPath = _pax.LongLink ?? TarHeader.Text(header[TarHeader.LinkName]).ToArray();
        entry.Mode = (uint)TarHeader.Number(header[TarHeader.Mode], "mode") & Modes.AllBits;
        entry.Uid = Id(TarHeader.Number(header[TarHeader.Uid], "owner"));
        entry.Gid = Id(TarHeader.Number(header[TarHeader.Gid], "group"));
        entry.MtimeSeconds = TarHeader.Number(header[TarHeader.Mtime], "time");
        entry.Size = TarHeader.Number(header[TarHeader.Size], "size");
        if (type is '3' or '4')
        {
            FillDevice(entry, header);
        }

        (List<TarExtent> Extents, long RealSize)? sparse = type == 'S' ? TakeGnuSparse(header) : null;
        PaxSparse? paxSparse = _pax.ApplyTo(entry);
        entry.Kind = KindOf(type, entry.Path);
        if (entry.Size is < 0 or > MaximumFileSize)
        {
            throw Bad(entry, "its size makes no sense");
        }

        if (entry.Path.Length == 0)
        {
            throw new TarFormatException(At("an entry has no name"));
        }

        if (entry.Path.AsSpan().Contains((byte)0) || entry.LinkPath.AsSpan().Contains((byte)0))
        {
            throw Bad(entry, "its name has a NUL in it");
        }

        // Links and special files have no data, whatever their size says (some old programs wrote the target's).
        BeginData(entry.Kind is TarEntryKind.File || type == '7' ? entry.Size : 0);
        if (sparse is { } old)
        {
            SetSparse(entry, old.Extents, old.RealSize);
        }
        else if (paxSparse is not null)
        {
            FillPaxSparse(entry, paxSparse);
        }
    }

    private static void FillDevice(TarEntry entry, ReadOnlySpan<byte> header)
    {
        entry.DeviceMajor = (uint)TarHeader.Number(header[TarHeader.DeviceMajor], "device number");
        entry.DeviceMinor = (uint)TarHeader.Number(header[TarHeader.DeviceMinor], "device number");
    }

    private static byte[] NameOf(ReadOnlySpan<byte> header)
    {
        ReadOnlySpan<byte> name = TarHeader.Text(header[TarHeader.Name]);
        ReadOnlySpan<byte> prefix = header[TarHeader.Magic][..6].SequenceEqual(TarHeader.UstarMagic)
            ? TarHeader.Text(header[header[TarHeader.StarTrailer].SequenceEqual("tar\0"u8) ? TarHeader.StarPrefix : TarHeader.Prefix])
            : default;
        return prefix.Length == 0 ? name.ToArray() : [.. prefix, (byte)'/', .. name];
    }

    private TarEntryKind KindOf(char type, ReadOnlySpan<byte> path) =>
        type switch
        {
            // V7 had no type for directories: a slash at the end said it.
            '0' or '\0' => path.Length > 0 && path[^1] == '/' ? TarEntryKind.Directory : TarEntryKind.File,
            '7' or 'S' => TarEntryKind.File,
            '1' => TarEntryKind.HardLink,
            '2' => TarEntryKind.Symlink,
            '3' => TarEntryKind.CharacterDevice,
            '4' => TarEntryKind.BlockDevice,
            '5' or 'D' => TarEntryKind.Directory,
            '6' => TarEntryKind.Fifo,
            _ => throw new TarFormatException(At($"the entry '{Show(path)}' has the unknown type 0x{(int)type:x2}")),
        };

    // (uid_t)-1 means "leave it" to chown(2): no file can have it.
    private uint Id(long value) =>
        value is >= 0 and < uint.MaxValue ? (uint)value : throw new TarFormatException(At("an owner is no 32-bit number"));

    private TarFormatException Bad(TarEntry entry, string why) => new(At($"the entry '{Show(entry.Path)}': {why}"));

    internal static string Show(ReadOnlySpan<byte> name)
    {
        string text = Encoding.UTF8.GetString(name.Length > 200 ? name[..200] : name);
        return string.Concat(text.Select(c => char.IsControl(c) ? '?' : c)) + (name.Length > 200 ? "…" : "");
    }
}
