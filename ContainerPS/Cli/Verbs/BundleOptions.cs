using ContainerPS.Native.Runtime;

namespace ContainerPS.Cli.Verbs;

/// <summary>Options that create and run share.</summary>
internal sealed class BundleOptions
{
    /// <summary>No process may have more (fs.nr_open's default).</summary>
    internal const int MostDescriptors = 1 << 20;

    private string _bundle = ".";
    private string? _pidFile;
    private bool _noPivot;
    private int _preserved;

    public bool Take(string name, ArgumentReader reader)
    {
        switch (name)
        {
            case "bundle" or "b":
                _bundle = reader.Value();
                return true;
            case "pid-file":
                _pidFile = reader.Value();
                return true;
            case "no-pivot":
                _noPivot = reader.Switch();
                return true;
            case "preserve-fds":
                _preserved = reader.Number<int>(name, 0, MostDescriptors);
                return true;
            // Every start here joins a session keyring of its own or none the kernel knows; runc's switch exists for kernels without
            // keyrings.
            case "no-new-keyring":
                reader.Switch();
                return true;
            case "console-socket":
                throw new UsageException("--console-socket: terminals are not supported");
            default:
                return false;
        }
    }

    public CreateOptions ToCreate(string id) =>
        new()
        {
            Id = id,
            Bundle = _bundle,
            PidFile = _pidFile,
            NoPivot = _noPivot,
            PreservedDescriptors = _preserved,
        };
}
