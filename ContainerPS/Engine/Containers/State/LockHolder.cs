using System.Globalization;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.State;

/// <summary>
/// Who holds a lock, asked of the kernel by the one who waited in vain (man 5 proc_locks): writing it down at every taking would cost the
/// start of every container for the sake of the few that wait.
/// </summary>
internal static class LockHolder
{
    /// <summary>"pid 123 (pwsh)"; null when nobody holds it (any more), or a process of another pid namespace does.</summary>
    public static string? Of(string path)
    {
        if (!Files.TryStatusAt(FileDescriptor.CurrentDirectory, path, out FileStatus status))
        {
            return null;
        }

        string inode = string.Create(CultureInfo.InvariantCulture, $":{status.Inode}");
        foreach (string line in Files.ReadAllText("/proc/locks").Split('\n'))
        {
            // 1: FLOCK  ADVISORY  WRITE 1234 fe:00:131 0 EOF
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 6 || fields[1] != "FLOCK" || !fields[5].EndsWith(inode, StringComparison.Ordinal))
            {
                continue;
            }

            return int.TryParse(fields[4], NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pid > 0 ? Describe(pid) : null;
        }

        return null;
    }

    private static string Describe(int pid)
    {
        byte[]? name = ContainerDocuments.TryRead(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/comm"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"pid {pid} ({(name is null ? "ended" : System.Text.Encoding.UTF8.GetString(name).Trim())})"
        );
    }
}
