using System.Globalization;

namespace ContainerPS.Tests;

/// <summary>What the kernel tells about a process (man 5 proc): whether it lives, and in which system call it waits.</summary>
internal static class ProcessState
{
    /// <summary>False for a zombie too: PID 1 reaps an orphan within two seconds on some hosts.</summary>
    public static bool IsAlive(int pid) => Letter(pid) is not (null or 'Z' or 'X');

    /// <summary>Dead, and not yet reaped by its parent.</summary>
    public static bool IsZombie(int pid) => Letter(pid) is 'Z';

    /// <summary>True while the process sleeps in this system call. To read that of another process is root's right.</summary>
    public static bool WaitsIn(int pid, int call) => CallOf($"/proc/{pid}") == call;

    /// <summary>The number of the system call in which a process or thread sleeps; null while it runs and when it is gone.</summary>
    public static int? CallOf(string directory)
    {
        string text = ReadOrEmpty($"{directory}/syscall").Split(' ')[0];
        return int.TryParse(text, CultureInfo.InvariantCulture, out int call) ? call : null;
    }

    private static char? Letter(int pid)
    {
        string stat = ReadOrEmpty($"/proc/{pid}/stat");
        return stat.Length == 0 ? null : stat[stat.LastIndexOf(')') + 2];
    }

    // Not there, or gone between open(2) and read(2), which is ESRCH.
    private static string ReadOrEmpty(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
