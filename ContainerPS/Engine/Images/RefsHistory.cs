using System.Text.Json;
using ContainerPS.Engine.Common;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Images;

/// <summary>What names stood for before: one line a change, appended under the store's lock, two files of a bounded size.</summary>
internal static class RefsHistory
{
    private const string FileName = "refs-history.jsonl";
    private const long MaximumSize = 1 << 20;

    public static void Append(StoreLocation store, IEnumerable<RefChange> changes)
    {
        using var lines = new MemoryStream();
        foreach (RefChange change in changes)
        {
            JsonSerializer.Serialize(lines, change, RefChangeJson.Default.RefChange);
            lines.WriteByte((byte)'\n');
        }

        if (lines.Length == 0)
        {
            return;
        }

        try
        {
            Append(Path.Combine(store.Root, FileName), lines);
        }
        catch (LinuxException failure) when (failure.Errno is Posix.ENOSPC or Posix.EDQUOT)
        {
            // The change itself is on disk and cannot fail any more; on a full disk its history ends.
            return;
        }
    }

    private static void Append(string path, MemoryStream lines)
    {
        if (new FileInfo(path) is { Exists: true, Length: > MaximumSize })
        {
            Files.Rename(path, path + ".1");
        }

        using FileDescriptor file = Files.Open(path, Posix.O_WRONLY | Posix.O_CREAT | Posix.O_APPEND, Modes.Mode0600);
        file.Write(lines.GetBuffer().AsSpan(0, (int)lines.Length));
    }
}
