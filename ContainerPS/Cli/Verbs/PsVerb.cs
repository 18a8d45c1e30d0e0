using ContainerPS.Native.Runtime;

namespace ContainerPS.Cli.Verbs;

/// <summary><c>ps [--format table|json] ID</c>: the processes in the container's cgroup, by their pids on the host.</summary>
internal static class PsVerb
{
    public static int Run(OciRuntime runtime, ArgumentReader reader)
    {
        bool json = false;
        while (reader.NextOption() is { } name)
        {
            json = name is "format" or "f" ? ListVerb.IsJson(reader.Value()) : throw ArgumentReader.Unknown(name);
        }

        string id = reader.Operand("the container's id");
        reader.End();
        IReadOnlyList<int> pids = runtime.Processes(id);
        Console.WriteLine(
            json
                ? $"[{string.Join(',', pids)}]"
                : string.Join('\n', pids.Select(pid => $"{pid, -10} {CommandOf(pid)}").Prepend("PID        CMD"))
        );
        return 0;
    }

    /// <summary>Empty when the process is gone.</summary>
    private static string CommandOf(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").TrimEnd('\0').Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "";
        }
    }
}
