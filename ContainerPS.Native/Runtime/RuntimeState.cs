using System.Text.Json;
using System.Text.Json.Serialization;
using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Runtime;

/// <summary>
/// <c>&lt;root&gt;/&lt;id&gt;/state.json</c>: what create leaves for the other verbs. The container's config.json lies beside it as the
/// bytes that were read, because a bundle may change or go.
/// </summary>
public sealed record RuntimeState
{
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;
    public string Id { get; init; } = "";
    public int Pid { get; init; }

    /// <summary>Field 22 of init's /proc/PID/stat and the boot: with the pid they name the process.</summary>
    public long StartTicks { get; init; }
    public string BootId { get; init; } = "";
    public string Bundle { get; init; } = "";
    public string Rootfs { get; init; } = "";
    public string Created { get; init; } = "";
    public string CgroupPath { get; init; } = "";

    /// <summary>
    /// <see cref="Cgroups.Cgroup.Id"/> of it. A cgroup of that path with another id is another's: it is neither killed nor removed. Null
    /// in a state that an older version wrote.
    /// </summary>
    public ulong? CgroupId { get; init; }

    /// <summary>
    /// What the short verbs want to know of the spec, so that start, kill, state and delete need not parse it (a millisecond in a process
    /// that has just begun).
    /// </summary>
    public string OciVersion { get; init; } = "";
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }
    public bool HasPoststartHooks { get; init; }
    public bool HasPoststopHooks { get; init; }

    /// <summary>Init is the first process of a pid namespace: its end is the end of all.</summary>
    public bool OwnsPidNamespace { get; init; }

    [JsonIgnore]
    public ProcessIdentity Identity => new(Pid, StartTicks, BootId);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(RuntimeState))]
[JsonSerializable(typeof(CreateIntent))]
internal sealed partial class RuntimeJson : JsonSerializerContext;
