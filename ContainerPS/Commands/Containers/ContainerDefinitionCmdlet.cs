using System.Management.Automation;
using ContainerPS.Engine;
using ContainerPS.Native.Linux;

namespace ContainerPS.Commands;

/// <summary>What a container shall be, as parameters: the same for New-Container and Invoke-Container.</summary>
public abstract class ContainerDefinitionCmdlet : LimitCmdlet
{
    private protected const string FromImage = "Image";
    private protected const string FromRootFs = "RootFs";
    private protected const string FromSpec = "Spec";

    // An OCI bundle says the rest itself.
    private static readonly string[] BesideSpec =
    [
        nameof(OciSpec),
        nameof(Name),
        nameof(Label),
        nameof(Annotation),
        nameof(Lifetime),
        nameof(LogMaxSize),
        nameof(LogMaxFile),
        nameof(StopTimeout),
        nameof(StopSignal),
    ];

    private protected ContainerDefinitionCmdlet() { }

    /// <summary>A directory of the host, used copy-on-write.</summary>
    [Parameter(Mandatory = true, ParameterSetName = FromRootFs)]
    [ValidateNotNullOrEmpty]
    public string? RootFs { get; set; }

    /// <summary>An OCI bundle.</summary>
    [Parameter(Mandatory = true, ParameterSetName = FromSpec)]
    [ValidateNotNullOrEmpty]
    public string? OciSpec { get; set; }

    /// <summary>The command and its arguments.</summary>
    [Parameter(Position = 1, ValueFromRemainingArguments = true)]
    [Alias("ArgumentList")]
    [AllowEmptyString]
    public string[]? Command { get; set; }

    /// <summary>The container's name.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>Instead of the image's.</summary>
    [Parameter]
    [AllowEmptyCollection]
    public string[]? Entrypoint { get; set; }

    /// <summary>Environment variables.</summary>
    [Parameter]
    [KeyValueArgument(FromEnvironment = true)]
    public IReadOnlyDictionary<string, string?>? Env { get; set; }

    /// <summary>Files with environment variables.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? EnvFile { get; set; }

    /// <summary>user[:group], by name or number.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? User { get; set; }

    /// <summary>In the container.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? WorkingDir { get; set; }

    /// <summary>Host name.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Hostname { get; set; }

    /// <summary>The NIS domain name, and what follows the host name in /etc/hosts.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Domainname { get; set; }

    /// <summary>Files and directories of the host.</summary>
    [Parameter]
    [MountArgument]
    public Mount[]? Mount { get; set; }

    /// <summary>File systems in memory.</summary>
    [Parameter]
    [TmpfsArgument]
    public Mount[]? Tmpfs { get; set; }

    /// <summary>Devices of the host.</summary>
    [Parameter]
    [DeviceArgument]
    public ContainerDevice[]? Device { get; set; }

    /// <summary>The root file system cannot be written.</summary>
    [Parameter]
    public SwitchParameter ReadOnly { get; set; }

    /// <summary>All capabilities and devices.</summary>
    [Parameter]
    public SwitchParameter Privileged { get; set; }

    /// <summary>Capabilities.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(CapabilityCompleter))]
    public string[]? CapAdd { get; set; }

    /// <summary>Capabilities.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(CapabilityCompleter))]
    public string[]? CapDrop { get; set; }

    /// <summary>unconfined, or a profile.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Seccomp { get; set; }

    /// <summary>setuid programs gain nothing.</summary>
    [Parameter]
    public SwitchParameter NoNewPrivileges { get; set; }

    /// <summary>none, host, container:NAME, ns:PATH.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(NetworkCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Network { get; set; }

    /// <summary>private, host, container:NAME, ns:PATH.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(NamespaceCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Pid { get; set; }

    /// <summary>private, host, ns:PATH.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(IpcCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Ipc { get; set; }

    /// <summary>private, host, container:NAME, ns:PATH.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(NamespaceCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Uts { get; set; }

    /// <summary>Labels.</summary>
    [Parameter]
    [KeyValueArgument]
    public IReadOnlyDictionary<string, string?>? Label { get; set; }

    /// <summary>OCI annotations.</summary>
    [Parameter]
    [KeyValueArgument]
    public IReadOnlyDictionary<string, string?>? Annotation { get; set; }

    /// <summary>The signal that Stop-Container sends first.</summary>
    [Parameter]
    [SignalArgument]
    [ArgumentCompleter(typeof(SignalCompleter))]
    public Signal? StopSignal { get; set; }

    /// <summary>How long Stop-Container waits before it kills.</summary>
    [Parameter]
    [DurationArgument]
    public Duration? StopTimeout { get; set; }

    /// <summary>Who looks after it when this process ends.</summary>
    [Parameter]
    public ContainerLifetime Lifetime { get; set; } = ContainerLifetime.Supervised;

    /// <summary>Size of a log file.</summary>
    [Parameter]
    [ByteSizeArgument(RefuseMax = true)]
    public ByteSize? LogMaxSize { get; set; }

    /// <summary>Number of log files.</summary>
    [Parameter]
    [ValidateRange(1, 100)]
    public int? LogMaxFile { get; set; }

    /// <summary>The cgroup below which its own is made.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? CgroupParent { get; set; }

    /// <summary>Resource limits of its first process.</summary>
    [Parameter]
    [UlimitArgument]
    public Ulimit[]? Ulimit { get; set; }

    /// <summary>-1000 to 1000.</summary>
    [Parameter]
    [ValidateRange(-1000, 1000)]
    public int? OomScoreAdj { get; set; }

    /// <summary>Size of /dev/shm.</summary>
    [Parameter]
    [ByteSizeArgument(RefuseMax = true)]
    public ByteSize? ShmSize { get; set; }

    /// <summary>Name servers.</summary>
    [Parameter]
    public System.Net.IPAddress[]? Dns { get; set; }

    /// <summary>Search domains.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? DnsSearch { get; set; }

    /// <summary>Options of resolv.conf.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? DnsOption { get; set; }

    /// <summary>name:address.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? ExtraHost { get; set; }

    /// <summary>Kernel settings of its namespaces.</summary>
    [Parameter]
    [KeyValueArgument]
    public IReadOnlyDictionary<string, string?>? Sysctl { get; set; }

    /// <summary>The image of the Image set.</summary>
    private protected abstract ImageSelector? ImageOfSet { get; }

    private protected ContainerDefinition Definition()
    {
        RefuseBesideSpec();
        var defaults = new ContainerDefinition();
        return new ContainerDefinition
        {
            Image = ImageOfSet is { } image ? NameOf(image) : null,
            RootFs = RootFs is null ? null : HostPath(RootFs),
            OciSpecPath = OciSpec is null ? null : HostPath(OciSpec),
            Name = Name,
            Command = Command,
            Entrypoint = Entrypoint,
            Env = Variables(),
            User = User,
            WorkingDir = WorkingDir,
            Hostname = Hostname,
            Domainname = Domainname,
            Mounts = [.. Mount ?? [], .. Tmpfs ?? []],
            Devices = Device ?? [],
            ReadOnly = ReadOnly,
            Privileged = Privileged,
            CapAdd = CapAdd ?? [],
            CapDrop = CapDrop ?? [],
            Seccomp = Seccomp is null or "unconfined" or "default" ? Seccomp : HostPath(Seccomp),
            NoNewPrivileges = NoNewPrivileges,
            NetworkMode = Network ?? defaults.NetworkMode,
            PidMode = Pid ?? defaults.PidMode,
            IpcMode = Ipc ?? defaults.IpcMode,
            UtsMode = Uts ?? defaults.UtsMode,
            Limits = RequestedLimits(),
            Labels = Texts(Label),
            Annotations = Texts(Annotation),
            StopSignal = StopSignal,
            StopTimeout = StopTimeout?.Value,
            Lifetime = Lifetime,
            LogMaxSize = LogMaxSize?.Bytes ?? defaults.LogMaxSize,
            LogMaxFile = LogMaxFile ?? defaults.LogMaxFile,
            CgroupParent = CgroupParent,
            Ulimits = Ulimit ?? [],
            OomScoreAdj = OomScoreAdj,
            ShmSize = ShmSize?.Bytes ?? defaults.ShmSize,
            Dns = [.. (Dns ?? []).Select(a => a.ToString())],
            DnsSearch = DnsSearch ?? [],
            DnsOptions = DnsOption ?? [],
            ExtraHosts = ExtraHost ?? [],
            Sysctls = Texts(Sysctl),
        };
    }

    // An object is that very image: by its name, which people know, unless another image has the name by now.
    private static string NameOf(ImageSelector selector)
    {
        if (selector.Image is not { } image)
        {
            return selector.Text;
        }

        return image.Reference is { } name && Engine.Images.TryGet(name.ToString(), out Image? named) && named == image
            ? name.ToString()
            : image.Id;
    }

    private static Dictionary<string, string> Texts(IReadOnlyDictionary<string, string?>? values) =>
        (values ?? new Dictionary<string, string?>()).ToDictionary(v => v.Key, v => v.Value ?? "", StringComparer.Ordinal);

    // Later ones win: files in their order, then -Env.
    private Dictionary<string, string?> Variables()
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (string file in EnvFile ?? [])
        {
            foreach ((string? name, string? value) in EnvironmentFile.Read(HostPath(file)))
            {
                variables[name] = value;
            }
        }

        foreach ((string? name, string? value) in Env ?? new Dictionary<string, string?>())
        {
            variables[name] = value;
        }

        return variables;
    }

    private void RefuseBesideSpec()
    {
        if (ParameterSetName != FromSpec)
        {
            return;
        }

        var own = typeof(ContainerDefinitionCmdlet).GetProperties().Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        if (MyInvocation.BoundParameters.Keys.FirstOrDefault(k => own.Contains(k) && !BesideSpec.Contains(k)) is { } refused)
        {
            throw Invalid(
                $"-{refused} cannot be used with -OciSpec: the bundle's config.json says that.",
                refused,
                "Change the bundle, or create the container from an image or a directory."
            );
        }
    }
}
