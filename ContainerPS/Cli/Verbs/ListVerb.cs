using ContainerPS.Native.Oci;
using ContainerPS.Native.Runtime;

namespace ContainerPS.Cli.Verbs;

/// <summary><c>list [--format table|json] [--quiet]</c></summary>
internal static class ListVerb
{
    public static int Run(OciRuntime runtime, ArgumentReader reader)
    {
        (bool json, bool quiet) = (false, false);
        while (reader.NextOption() is { } name)
        {
            switch (name)
            {
                case "format" or "f":
                    json = IsJson(reader.Value());
                    break;
                case "quiet" or "q":
                    quiet = reader.Switch();
                    break;
                default:
                    throw ArgumentReader.Unknown(name);
            }
        }

        reader.End();
        Write(runtime.List(), json, quiet);
        return 0;
    }

    public static bool IsJson(string format) =>
        format switch
        {
            "json" => true,
            "table" => false,
            _ => throw new UsageException($"--format is table or json, not '{format}'"),
        };

    private static void Write(IReadOnlyList<State> states, bool json, bool quiet)
    {
        if (json)
        {
            Output.Json(states, OciJson.Default.IReadOnlyListState);
            return;
        }

        if (!quiet)
        {
            Console.WriteLine($"{"ID", -24} {"PID", -10} {"STATUS", -10} {"BUNDLE", -40} CREATED");
        }

        foreach (State state in states)
        {
            Console.WriteLine(
                quiet ? state.Id : $"{state.Id, -24} {state.Pid, -10} {state.Status, -10} {state.Bundle, -40} {state.Created}"
            );
        }
    }
}
