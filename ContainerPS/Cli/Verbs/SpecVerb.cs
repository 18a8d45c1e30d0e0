using ContainerPS.Native.Oci;
using ContainerPS.Native.Runtime;

namespace ContainerPS.Cli.Verbs;

/// <summary><c>spec [--bundle DIR]</c>: writes config.json; one that is there already is left alone.</summary>
internal static class SpecVerb
{
    public static int Run(ArgumentReader reader)
    {
        string bundle = ".";
        while (reader.NextOption() is { } name)
        {
            bundle = name is "bundle" or "b" ? reader.Value() : throw ArgumentReader.Unknown(name);
        }

        reader.End();
        string path = Path.Combine(bundle, "config.json");
        if (File.Exists(path))
        {
            throw new UsageException($"{path} exists. Remove it first");
        }

        File.WriteAllBytes(path, Output.Bytes(DefaultSpec.Make(), OciJson.Default.Spec));
        return 0;
    }
}
