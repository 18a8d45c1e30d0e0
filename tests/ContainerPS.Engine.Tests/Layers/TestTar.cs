using System.Globalization;
using System.Text;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Layers;

/// <summary>
/// A tar writer of the tests' own, so that the reader is not judged by its own sister: it writes whatever it is told, sound or not.
/// </summary>
internal sealed class TestTar
{
    private readonly List<byte> _out = [];

    public TestTar File(string name, string content, uint mode = Modes.Mode0644, int uid = 0, int gid = 0, long mtime = 1_000_000_000) =>
        Entry(name, '0', Encoding.UTF8.GetBytes(content), mode: mode, uid: uid, gid: gid, mtime: mtime);

    public TestTar Directory(string name, uint mode = Modes.Mode0755, int uid = 0, int gid = 0, long mtime = 1_000_000_000) =>
        Entry(name.TrimEnd('/') + "/", '5', [], mode: mode, uid: uid, gid: gid, mtime: mtime);

    public TestTar Symlink(string name, string target) => Entry(name, '2', [], link: target, mode: Modes.Mode0777);

    public TestTar HardLink(string name, string target) => Entry(name, '1', [], link: target);

    public TestTar Device(string name, char type, int major, int minor) => Entry(name, type, [], major: major, minor: minor);

    public TestTar Pax(params (string Key, string Value)[] records) => Extended('x', records);

    public TestTar GlobalPax(params (string Key, string Value)[] records) => Extended('g', records);

    public TestTar GnuLongName(string name) => Entry("././@LongLink", 'L', Encoding.UTF8.GetBytes(name + '\0'));

    public TestTar GnuLongLink(string name) => Entry("././@LongLink", 'K', Encoding.UTF8.GetBytes(name + '\0'));

    public TestTar Entry(
        string name,
        char type,
        byte[] data,
        string link = "",
        uint mode = Modes.Mode0644,
        int uid = 0,
        int gid = 0,
        long mtime = 1_000_000_000,
        int major = 0,
        int minor = 0,
        string magic = "ustar\000",
        string prefix = "",
        long? size = null,
        Action<byte[]>? change = null
    )
    {
        byte[] header = new byte[512];
        Put(header, 0, Encoding.UTF8.GetBytes(name).AsSpan());
        Octal(header, 100, 8, mode);
        Octal(header, 108, 8, uid);
        Octal(header, 116, 8, gid);
        Octal(header, 124, 12, size ?? data.Length);
        Octal(header, 136, 12, mtime);
        header[156] = (byte)type;
        Put(header, 157, Encoding.UTF8.GetBytes(link).AsSpan());
        Put(header, 257, Encoding.ASCII.GetBytes(magic).AsSpan());
        if (type is '3' or '4')
        {
            Octal(header, 329, 8, major);
            Octal(header, 337, 8, minor);
        }

        Put(header, 345, Encoding.UTF8.GetBytes(prefix).AsSpan());
        change?.Invoke(header);
        Sum(header);
        _out.AddRange(header);
        return Raw(data).Raw(new byte[-data.Length & 511]);
    }

    public TestTar Raw(byte[] bytes)
    {
        _out.AddRange(bytes);
        return this;
    }

    public byte[] End() => Raw(new byte[1024]).ToArray();

    public byte[] ToArray() => [.. _out];

    public static void Octal(byte[] header, int offset, int width, long value)
    {
        string text = Convert.ToString(value, 8).PadLeft(width - 1, '0');
        Put(header, offset, Encoding.ASCII.GetBytes(text).AsSpan());
    }

    public static byte[] Records(params (string Key, string Value)[] records)
    {
        using var all = new MemoryStream();
        foreach ((string? key, string? value) in records)
        {
            byte[] body = Encoding.UTF8.GetBytes($" {key}={value}\n");
            int length = body.Length + 1;
            while (length.ToString(CultureInfo.InvariantCulture).Length + body.Length != length)
            {
                length++;
            }

            all.Write(Encoding.ASCII.GetBytes(length.ToString(CultureInfo.InvariantCulture)));
            all.Write(body);
        }

        return all.ToArray();
    }

    private TestTar Extended(char type, (string Key, string Value)[] records) => Entry("PaxHeaders/x", type, Records(records));

    private static void Put(byte[] header, int offset, Span<byte> bytes) =>
        bytes[..Math.Min(bytes.Length, 512 - offset)].CopyTo(header.AsSpan(offset));

    private static void Sum(byte[] header)
    {
        header.AsSpan(148, 8).Fill((byte)' ');
        int sum = 0;
        foreach (byte value in header)
        {
            sum += value;
        }

        Octal(header, 148, 7, sum);
        header[154] = 0;
    }
}
