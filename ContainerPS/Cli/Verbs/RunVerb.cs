using ContainerPS.Native.Runtime;

namespace ContainerPS.Cli.Verbs;

/// <summary><c>run [--bundle DIR] [--detach] [--keep] … ID</c>: create, start, wait, delete; the exit code is the container's.</summary>
internal static class RunVerb
{
    public static int Run(OciRuntime runtime, ArgumentReader reader)
    {
        var options = new BundleOptions();
        (bool detach, bool keep) = (false, false);
        while (reader.NextOption() is { } name)
        {
            switch (name)
            {
                case "detach" or "d":
                    detach = reader.Switch();
                    break;
                case "keep":
                    keep = reader.Switch();
                    break;
                case "no-subreaper":
                    reader.Switch();
                    break;
                default:
                    if (!options.Take(name, reader))
                    {
                        throw ArgumentReader.Unknown(name);
                    }

                    break;
            }
        }

        string id = reader.Operand("the container's id");
        reader.End();
        return runtime.Run(options.ToCreate(id), detach, keep);
    }
}
