namespace ContainerPS.Cli;

/// <summary>Options before the verb.</summary>
internal sealed class GlobalOptions
{
    private const string RunRootVariable = "CONTAINERPS_RUNROOT";
    private const string DefaultRunRoot = "/run/containerps";

    public string Root { get; private set; } =
        $"{(Environment.GetEnvironmentVariable(RunRootVariable) is { Length: > 0 } given ? given : DefaultRunRoot)}/runtime";
    public string? LogPath { get; private set; }
    public bool LogAsJson { get; private set; }
    public bool ShowVersion { get; private set; }
    public bool ShowHelp { get; private set; }

    public static GlobalOptions Read(ArgumentReader reader)
    {
        var options = new GlobalOptions();
        while (reader.NextOption() is { } name)
        {
            options.Take(name, reader);
        }

        return options;
    }

    private void Take(string name, ArgumentReader reader)
    {
        switch (name)
        {
            case "root":
                Root = reader.Value();
                break;
            case "log":
                LogPath = reader.Value();
                break;
            case "log-format":
                LogAsJson = Format(reader.Value());
                break;
            case "debug":
                reader.Switch();
                break;
            case "rootless":
                Rootless(reader.Value());
                break;
            case "systemd-cgroup":
                if (reader.Switch())
                {
                    throw new UsageException(
                        "--systemd-cgroup is not supported: containerps manages cgroups by itself; "
                            + "use the cgroupfs driver of the caller (podman --cgroup-manager=cgroupfs)"
                    );
                }

                break;
            case "version" or "v":
                ShowVersion = reader.Switch();
                break;
            case "help" or "h":
                ShowHelp = reader.Switch();
                break;
            default:
                throw ArgumentReader.Unknown(name);
        }
    }

    private static bool Format(string text) =>
        text switch
        {
            "json" => true,
            "text" or "" => false,
            _ => throw new UsageException($"--log-format is text or json, not '{text}'"),
        };

    private static void Rootless(string text)
    {
        if (text is "true")
        {
            throw new UsageException("--rootless=true is not supported");
        }
    }
}
