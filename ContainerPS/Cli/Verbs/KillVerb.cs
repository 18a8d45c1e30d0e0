using ContainerPS.Native.Linux;
using ContainerPS.Native.Runtime;

namespace ContainerPS.Cli.Verbs;

/// <summary><c>kill [--all] ID [SIGNAL]</c>; SIGTERM when none is named.</summary>
internal static class KillVerb
{
    public static int Run(OciRuntime runtime, ArgumentReader reader)
    {
        bool all = false;
        while (reader.NextOption() is { } name)
        {
            all = name is "all" or "a" ? reader.Switch() : throw ArgumentReader.Unknown(name);
        }

        string id = reader.Operand("the container's id");
        IReadOnlyList<string> rest = reader.Operands();
        if (rest.Count > 1)
        {
            throw new UsageException($"unexpected argument '{rest[1]}'");
        }

        string text = rest.Count == 0 ? nameof(Signal.Term) : rest[0];
        runtime.Kill(id, SignalNames.TryParse(text, out Signal signal) ? signal : throw Unknown(text), all);
        return 0;
    }

    private static UsageException Unknown(string name) =>
        new($"'{name}' is not a signal. Write a name such as TERM or SIGTERM, or a number from 1 to 64");
}
