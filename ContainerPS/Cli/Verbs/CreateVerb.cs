using ContainerPS.Native.Runtime;

namespace ContainerPS.Cli.Verbs;

/// <summary><c>create [--bundle DIR] [--pid-file FILE] [--no-pivot] [--preserve-fds N] ID</c></summary>
internal static class CreateVerb
{
    public static int Run(OciRuntime runtime, ArgumentReader reader)
    {
        var options = new BundleOptions();
        while (reader.NextOption() is { } name)
        {
            if (!options.Take(name, reader))
            {
                throw ArgumentReader.Unknown(name);
            }
        }

        string id = reader.Operand("the container's id");
        reader.End();
        runtime.Create(options.ToCreate(id));
        return 0;
    }
}
