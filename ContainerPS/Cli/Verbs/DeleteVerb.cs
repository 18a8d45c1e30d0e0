using ContainerPS.Native.Runtime;

namespace ContainerPS.Cli.Verbs;

/// <summary><c>delete [--force] ID…</c></summary>
internal static class DeleteVerb
{
    public static int Run(OciRuntime runtime, ArgumentReader reader, RuntimeLog log)
    {
        bool force = false;
        while (reader.NextOption() is { } name)
        {
            force = name is "force" or "f" ? reader.Switch() : throw ArgumentReader.Unknown(name);
        }

        int failed = 0;
        foreach (string id in (string[])[reader.Operand("the container's id"), .. reader.Operands()])
        {
            try
            {
                runtime.Delete(id, force);
            }
            catch (Exception failure) when (CommandLine.IsExpected(failure))
            {
                log.Error(failure.Message);
                failed = 1;
            }
        }

        return failed;
    }
}
