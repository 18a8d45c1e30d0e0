using ContainerPS.Engine;
using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Linux;

namespace ContainerPS;

/// <summary>
/// A container: a live handle. What was defined is fixed; <see cref="State"/> and what belongs to it come from one state record that is
/// read again, whole, when its file has changed. Getters never throw and read nothing but the container's own two records: what has to be
/// measured is told by commands. Two handles are equal when they name the same container.
/// </summary>
public sealed class Container : IEquatable<Container>, IComparable<Container>
{
    private readonly ContainerView _view;

    internal Container(ContainerView view) => _view = view;

    internal ContainerView View => _view;

    private ContainerRecord Record => _view.KnownRecord;

    // Of the definition only the limits change.
    private ContainerDefinition Definition => _view.KnownRecord.Definition;

    /// <summary>64 hexadecimal digits.</summary>
    public string Id => _view.Id;

    /// <summary>The first 12 digits of <see cref="Id"/>.</summary>
    public string ShortId => _view.Id[..12];

    public string Name => Record.Name;

    /// <summary>The image as it was asked for; for a directory its path.</summary>
    public string Image => Record.Image?.Reference ?? Definition.RootFs ?? Definition.OciSpecPath ?? "";

    public string? ImageId => Record.Image?.Id;

    public string? ImageDigest => Record.Image?.Digest;

    public ContainerState State => _view.State;

    /// <summary>As people say it: "Up 3 minutes", "Exited (0) 2 hours ago".</summary>
    public string Status => ContainerStatus.Describe(State, ExitCode, StartedAt, FinishedAt);

    /// <summary>
    /// 0 to 255, 128 + n for signal n; null while it runs, and when nobody could learn it (<see cref="Error"/> says why).
    /// </summary>
    public int? ExitCode => _view.Exit?.ShellCode;

    /// <summary>The signal that ended it.</summary>
    public Signal? ExitSignal => _view.Exit is { Signal: > 0 } exit ? (Signal)exit.Signal : null;

    /// <summary>Why it could not be started, or why its exit code is unknown.</summary>
    public string? Error => _view.Error;

    /// <summary>The kernel's OOM killer ended one of its processes in its last run.</summary>
    public bool OomKilled => _view.Exit?.OomKilled ?? false;

    /// <summary>Pid of its first process on the host; null unless it runs.</summary>
    public int? Pid => _view.Current is { IsAlive: true } state ? state.Pid : null;

    public DateTimeOffset CreatedAt => Record.CreatedAt;

    public DateTimeOffset? StartedAt => _view.Current.StartedAt ?? _view.LastStart?.At;

    public DateTimeOffset? FinishedAt => _view.Exit?.At;

    /// <summary>Since its start; zero unless it runs.</summary>
    public TimeSpan Uptime => _view.Current is { IsAlive: true, StartedAt: { } since } ? DateTimeOffset.UtcNow - since : TimeSpan.Zero;

    public IReadOnlyList<string> Entrypoint => Record.Process.Entrypoint;

    public IReadOnlyList<string> Command => Record.Process.Command;

    /// <summary>What is executed: entry point and command.</summary>
    public IReadOnlyList<string> Args => Record.Process.Args;

    public string WorkingDir => Record.Process.WorkingDir;

    public string User => Record.Process.User;

    public IReadOnlyDictionary<string, string> Env => ContainerEnvironment.ToDictionary(Record.Process.Env);

    public bool OpenStdin => Definition.OpenStdin;

    public string Hostname => Definition.Hostname ?? ShortId;

    public string? Domainname => Definition.Domainname;

    public IReadOnlyList<string> Dns => Definition.Dns;

    public IReadOnlyList<string> DnsSearch => Definition.DnsSearch;

    public IReadOnlyList<string> DnsOptions => Definition.DnsOptions;

    public IReadOnlyList<string> ExtraHosts => Definition.ExtraHosts;

    public IReadOnlyDictionary<string, string> Labels => Definition.Labels;

    public IReadOnlyDictionary<string, string> Annotations => Definition.Annotations;

    public IReadOnlyList<Mount> Mounts => Definition.Mounts;

    public IReadOnlyList<ContainerDevice> Devices => Definition.Devices;

    public ContainerRootFs RootFs =>
        new()
        {
            Driver = "overlay",
            LowerDir = Record.RootFs.LowerDirs,
            UpperDir = _view.Paths.Upper,
            WorkDir = _view.Paths.Work,
            ReadOnly = Record.RootFs.ReadOnly,
        };

    public string HostsPath => _view.Paths.Hosts;

    public string HostnamePath => _view.Paths.Hostname;

    public string ResolvConfPath => _view.Paths.ResolvConf;

    public string LogPath => _view.Paths.Log;

    /// <summary>Directory of its OCI config.json.</summary>
    public string BundlePath => _view.Paths.Home;

    public CgroupInfo Cgroup => new(Record.CgroupPath, _view.CgroupVersion);

    /// <summary>As requested; what is in force is told by <see cref="ContainerCollection.GetLimit"/>.</summary>
    public CgroupLimitRequest Limits => _view.Record.Definition.Limits;

    public IReadOnlyList<NamespaceInfo> Namespaces => Record.Namespaces;

    public string NetworkMode => Definition.NetworkMode;

    public ContainerSecurity Security => Record.Security;

    public Signal StopSignal => (Signal)Record.Process.StopSignal;

    public TimeSpan StopTimeout => Definition.StopTimeout ?? ContainerDefaults.StopTimeout;

    public bool AutoRemove => Definition.AutoRemove;

    public ContainerLifetime Lifetime => Definition.Lifetime;

    public IReadOnlyList<Ulimit> Ulimits => Definition.Ulimits;

    public int? OomScoreAdj => Definition.OomScoreAdj;

    /// <summary>A handle that stays as it is now.</summary>
    public Container ToSnapshot() => new(_view.Freeze());

    public bool Equals(Container? other) => other is not null && string.Equals(Id, other.Id, StringComparison.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as Container);

    public override int GetHashCode() => Id.GetHashCode(StringComparison.Ordinal);

    /// <summary>By creation, then by name.</summary>
    public int CompareTo(Container? other)
    {
        if (other is null)
        {
            return 1;
        }

        int byTime = CreatedAt.CompareTo(other.CreatedAt);
        return byTime != 0 ? byTime : string.CompareOrdinal(Name, other.Name);
    }

    /// <summary>Its name.</summary>
    public override string ToString() => Name;

    public static bool operator ==(Container? left, Container? right) => left is null ? right is null : left.Equals(right);

    public static bool operator !=(Container? left, Container? right) => !(left == right);

    public static bool operator <(Container? left, Container? right) => left is null ? right is not null : left.CompareTo(right) < 0;

    public static bool operator <=(Container? left, Container? right) => left is null || left.CompareTo(right) <= 0;

    public static bool operator >(Container? left, Container? right) => right < left;

    public static bool operator >=(Container? left, Container? right) => right <= left;
}
