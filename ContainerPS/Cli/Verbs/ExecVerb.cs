using System.Text.Json;
using ContainerPS.Native.Oci;
using ContainerPS.Native.Runtime;

namespace ContainerPS.Cli.Verbs;

/// <summary>
/// <c>exec [options] ID COMMAND [ARGUMENT…]</c>, or the process as JSON (<c>--process FILE</c>), as conmon and containerd call it.
/// </summary>
internal static class ExecVerb
{
    public static int Run(OciRuntime runtime, ArgumentReader reader)
    {
        var options = new Options();
        while (reader.NextOption() is { } name)
        {
            options.Take(name, reader);
        }

        string id = reader.Operand("the container's id");
        IReadOnlyList<string> command = reader.Operands();
        Process process = options.ProcessFile is { } file
            ? ReadProcess(file)
            : options.Apply(runtime.Open(id).Spec.Process ?? new Process(), command);
        return runtime.Exec(id, process, options.Detach, options.PidFile, options.PreservedDescriptors);
    }

    private static Process ReadProcess(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), OciJson.Default.Process)
                ?? throw new UsageException($"{path} is empty");
        }
        catch (JsonException invalid)
        {
            throw new UsageException($"{path} is not a valid process document: {invalid.Message}");
        }
    }

    private sealed class Options
    {
        private const string UserOption = "user";

        /// <summary>(uid_t)-1 means "no change" to the kernel (man 2 setresuid), and is nobody's number.</summary>
        private const uint LastId = uint.MaxValue - 1;

        private readonly List<string> _environment = [];
        private readonly List<string> _capabilities = [];
        private readonly List<uint> _groups = [];
        private string? _directory;
        private string? _user;
        private string? _apparmor;
        private string? _label;
        private bool _noNewPrivileges;

        public string? ProcessFile { get; private set; }
        public string? PidFile { get; private set; }
        public bool Detach { get; private set; }
        public int PreservedDescriptors { get; private set; }

        public void Take(string name, ArgumentReader reader)
        {
            switch (name)
            {
                case "process" or "p":
                    ProcessFile = reader.Value();
                    break;
                case "pid-file":
                    PidFile = reader.Value();
                    break;
                case "detach" or "d":
                    Detach = reader.Switch();
                    break;
                case "preserve-fds":
                    PreservedDescriptors = reader.Number<int>(name, 0, BundleOptions.MostDescriptors);
                    break;
                case "cwd":
                    _directory = reader.Value();
                    break;
                case "env" or "e":
                    _environment.Add(reader.Value());
                    break;
                case "user" or "u":
                    _user = reader.Value();
                    break;
                case "additional-gids" or "g":
                    _groups.Add(reader.Number<uint>(name, 0, LastId));
                    break;
                case "cap" or "c":
                    _capabilities.Add(reader.Value());
                    break;
                case "no-new-privs":
                    _noNewPrivileges = reader.Switch();
                    break;
                case "apparmor":
                    _apparmor = reader.Value();
                    break;
                case "process-label":
                    _label = reader.Value();
                    break;
                case "tty" or "t":
                    if (reader.Switch())
                    {
                        throw new UsageException("--tty: terminals are not supported");
                    }

                    break;
                case "console-socket":
                    throw new UsageException("--console-socket: terminals are not supported");
                default:
                    throw ArgumentReader.Unknown(name);
            }
        }

        /// <summary>The container's own process with what the command line says otherwise.</summary>
        public Process Apply(Process process, IReadOnlyList<string> command)
        {
            if (command.Count == 0)
            {
                throw new UsageException("the command is missing");
            }

            return process with
            {
                Terminal = false,
                Args = command,
                Cwd = _directory ?? process.Cwd ?? "/",
                Env = [.. process.Env ?? [], .. _environment],
                User = User(process.User ?? new User()),
                Capabilities = With(process.Capabilities),
                NoNewPrivileges = _noNewPrivileges || process.NoNewPrivileges,
                ApparmorProfile = _apparmor ?? process.ApparmorProfile,
                SelinuxLabel = _label ?? process.SelinuxLabel,
            };
        }

        private User User(User user)
        {
            IReadOnlyList<uint>? groups = _groups.Count == 0 ? user.AdditionalGids : [.. user.AdditionalGids ?? [], .. _groups];
            if (_user is null)
            {
                return user with { AdditionalGids = groups };
            }

            string[] parts = _user.Split(':');
            if (parts.Length > 2)
            {
                throw new UsageException($"--user takes UID or UID:GID, not '{_user}'");
            }

            return user with
            {
                Uid = Id(parts[0]),
                Gid = parts.Length > 1 ? Id(parts[1]) : user.Gid,
                AdditionalGids = groups,
            };
        }

        private static uint Id(string text) => ArgumentReader.ParseNumber<uint>(UserOption, text, 0, LastId);

        private LinuxCapabilities? With(LinuxCapabilities? capabilities)
        {
            if (_capabilities.Count == 0)
            {
                return capabilities;
            }

            IReadOnlyList<string> Add(IReadOnlyList<string>? names) => [.. (names ?? []).Union(_capabilities)];
            return new LinuxCapabilities
            {
                Bounding = Add(capabilities?.Bounding),
                Effective = Add(capabilities?.Effective),
                Permitted = Add(capabilities?.Permitted),
                Inheritable = capabilities?.Inheritable,
                Ambient = capabilities?.Ambient,
            };
        }
    }
}
