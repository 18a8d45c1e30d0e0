using System.Buffers.Binary;

namespace ContainerPS.Runtime.Tests;

/// <summary>Debian's statically linked busybox: one file makes a root file system.</summary>
internal static class BusyBox
{
    private static readonly string[] _applets =
    [
        "sh",
        "cat",
        "echo",
        "id",
        "ls",
        "mkdir",
        "mount",
        "sleep",
        "true",
        "false",
        "hostname",
        "pwd",
        "touch",
        "umask",
        "env",
        "kill",
        "ip",
        "grep",
        "readlink",
        "stat",
        "wc",
        "head",
        "dd",
        "sync",
    ];

    private static readonly Lazy<string?> _path = new(() =>
        new[] { "/bin/busybox", "/usr/bin/busybox" }.FirstOrDefault(path => File.Exists(path) && IsStatic(path))
    );

    public static string? Path => _path.Value;

    public static void MakeRootFs(string directory)
    {
        foreach (string name in (string[])["bin", "etc", "proc", "dev", "sys", "tmp", "root"])
        {
            Directory.CreateDirectory($"{directory}/{name}");
        }

        File.Copy(Path!, $"{directory}/bin/busybox");
        foreach (string applet in _applets)
        {
            File.CreateSymbolicLink($"{directory}/bin/{applet}", "busybox");
        }

        File.WriteAllText($"{directory}/etc/passwd", "root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n");
        File.WriteAllText($"{directory}/etc/group", "root:x:0:\nuser:x:1000:\n");
    }

    /// <summary>A dynamic program names its loader in a program header of type PT_INTERP (elf.h).</summary>
    private static bool IsStatic(string path)
    {
        const int interpreter = 3;
        using FileStream file = File.OpenRead(path);
        byte[] head = new byte[4096];
        int length = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        (long offset, short size, short count) = (
            BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(32)),
            BinaryPrimitives.ReadInt16LittleEndian(head.AsSpan(54)),
            BinaryPrimitives.ReadInt16LittleEndian(head.AsSpan(56))
        );
        return Enumerable
            .Range(0, count)
            .Select(index => (int)offset + index * size)
            .Where(at => at + 4 <= length)
            .All(at => BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(at)) != interpreter);
    }
}
