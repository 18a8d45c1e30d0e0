using System.Buffers.Text;
using System.Text;

namespace ContainerPS.Native.Linux;

/// <summary>One line of <c>/proc/PID/mountinfo</c>, <c>proc(5)</c>.</summary>
/// <remarks><see cref="Root"/>: The part of the file system that is seen at the mount point.
/// <see cref="OptionalFields"/>: "shared:2", "master:1", "unbindable"; empty when the mount is private.
/// <see cref="SuperOptions"/>: Options of the file system, not of this mount.</remarks>
public sealed record MountEntry(
    int Id,
    int ParentId,
    uint Major,
    uint Minor,
    string Root,
    string MountPoint,
    string Options,
    string OptionalFields,
    string FileSystem,
    string Source,
    string SuperOptions
)
{
    /// <summary>Whether a comma-separated option of the file system is there: "rw", "memory".</summary>
    public bool HasSuperOption(string option) => SuperOptions.Split(',').Contains(option, StringComparer.Ordinal);
}

/// <summary>The mounts of a process' mount namespace, in the kernel's order: later ones lie over earlier ones.</summary>
public static class MountTable
{
    /// <summary>
    /// Reads the whole table, or only the mounts of file systems whose name begins so: a host may have a thousand others.
    /// </summary>
    public static IReadOnlyList<MountEntry> Read(string path = "/proc/self/mountinfo", string fileSystemPrefix = "") =>
        Parse(Files.ReadAllBytes(path), fileSystemPrefix);

    public static IReadOnlyList<MountEntry> Parse(ReadOnlySpan<byte> text, string fileSystemPrefix = "")
    {
        ReadOnlySpan<byte> wanted = Encoding.UTF8.GetBytes(" - " + fileSystemPrefix);
        List<MountEntry> entries = [];
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            if (line.IndexOf(wanted) >= 0)
            {
                entries.Add(ParseLine(line));
            }
        }

        return entries;
    }

    // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
    private static MountEntry ParseLine(ReadOnlySpan<byte> line)
    {
        int id = Number(Next(ref line)),
            parent = Number(Next(ref line));
        ReadOnlySpan<byte> device = Next(ref line);
        int colon = device.IndexOf((byte)':');
        string root = Unescape(Next(ref line)),
            mountPoint = Unescape(Next(ref line)),
            options = Plain(Next(ref line));
        StringBuilder optional = new();
        for (ReadOnlySpan<byte> field = Next(ref line); !field.SequenceEqual("-"u8) && !line.IsEmpty; field = Next(ref line))
        {
            optional.Append(optional.Length > 0 ? " " : "").Append(Plain(field));
        }

        string fileSystem = Plain(Next(ref line)),
            source = Unescape(Next(ref line)),
            super = Unescape(Next(ref line));
        return new(
            id,
            parent,
            (uint)Number(device[..colon]),
            (uint)Number(device[(colon + 1)..]),
            root,
            mountPoint,
            options,
            optional.ToString(),
            fileSystem,
            source,
            super
        );
    }

    private static ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> line)
    {
        int blank = line.IndexOf((byte)' ');
        ReadOnlySpan<byte> field = blank < 0 ? line : line[..blank];
        line = blank < 0 ? default : line[(blank + 1)..];
        return field;
    }

    private static int Number(ReadOnlySpan<byte> text) => Utf8Parser.TryParse(text, out int value, out _) ? value : -1;

    private static string Plain(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text);

    // The kernel writes blank, tab, newline and backslash as three octal digits.
    private static string Unescape(ReadOnlySpan<byte> text)
    {
        if (text.IndexOf((byte)'\\') < 0)
        {
            return Plain(text);
        }

        byte[] plain = new byte[text.Length];
        int length = 0;
        for (int i = 0; i < text.Length; i++)
        {
            bool octal = text[i] == '\\' && i + 3 < text.Length;
            plain[length++] = octal ? (byte)(((text[i + 1] - '0') << 6) | ((text[i + 2] - '0') << 3) | (text[i + 3] - '0')) : text[i];
            i += octal ? 3 : 0;
        }

        return Encoding.UTF8.GetString(plain, 0, length);
    }
}
