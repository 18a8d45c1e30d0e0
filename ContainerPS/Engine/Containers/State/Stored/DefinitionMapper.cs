using System.Text.Json;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.State.Stored;

/// <summary>Between the definition of a container as it is stored and the public one.</summary>
internal static class DefinitionMapper
{
    /// <exception cref="JsonException">A member has a value that this version cannot read.</exception>
    public static ContainerDefinition ToDefinition(StoredDefinition stored) =>
        new()
        {
            Image = stored.Image,
            RootFs = stored.RootFs,
            OciSpecPath = stored.OciSpecPath,
            Name = stored.Name,
            Command = stored.Command is null ? null : ContainerMapper.Items(stored.Command, "command"),
            Entrypoint = stored.Entrypoint is null ? null : ContainerMapper.Items(stored.Entrypoint, "entrypoint"),
            Env = stored.Env ?? new Dictionary<string, string?>(),
            User = stored.User,
            WorkingDir = stored.WorkingDir,
            Hostname = stored.Hostname,
            Domainname = stored.Domainname,
            Mounts = [.. ContainerMapper.Items(stored.Mounts, "mounts").Select(ToMount)],
            Devices =
            [
                .. ContainerMapper
                    .Items(stored.Devices, "devices")
                    .Select(device => new ContainerDevice(device.HostPath, device.ContainerPath, device.Access)),
            ],
            ReadOnly = stored.ReadOnly,
            Privileged = stored.Privileged,
            CapAdd = ContainerMapper.Items(stored.CapAdd, "capAdd"),
            CapDrop = ContainerMapper.Items(stored.CapDrop, "capDrop"),
            Seccomp = stored.Seccomp,
            NoNewPrivileges = stored.NoNewPrivileges,
            NetworkMode = stored.NetworkMode,
            PidMode = stored.PidMode,
            IpcMode = stored.IpcMode,
            UtsMode = stored.UtsMode,
            Limits = LimitsMapper.ToRequest(stored.Limits),
            Labels = Texts(stored.Labels, "labels"),
            Annotations = Texts(stored.Annotations, "annotations"),
            StopSignal = stored.StopSignal is { } signal ? Word<Signal>(signal, "stopSignal") : null,
            StopTimeout = stored.StopTimeout,
            AutoRemove = stored.AutoRemove,
            Lifetime = Word<ContainerLifetime>(stored.Lifetime, "lifetime"),
            OpenStdin = stored.OpenStdin,
            LogMaxSize = stored.LogMaxSize,
            LogMaxFile = stored.LogMaxFile,
            CgroupParent = stored.CgroupParent,
            Ulimits = [.. ContainerMapper.Items(stored.Ulimits, "ulimits").Select(limit => new Ulimit(limit.Name, limit.Soft, limit.Hard))],
            OomScoreAdj = stored.OomScoreAdj,
            ShmSize = stored.ShmSize,
            Dns = ContainerMapper.Items(stored.Dns, "dns"),
            DnsSearch = ContainerMapper.Items(stored.DnsSearch, "dnsSearch"),
            DnsOptions = ContainerMapper.Items(stored.DnsOptions, "dnsOptions"),
            ExtraHosts = ContainerMapper.Items(stored.ExtraHosts, "extraHosts"),
            Sysctls = Texts(stored.Sysctls, "sysctls"),
        };

    /// <param name="definition">What is stored.</param>
    /// <param name="before">What it replaces, with what a newer version wrote in it.</param>
    public static StoredDefinition ToStored(ContainerDefinition definition, StoredDefinition? before) =>
        new()
        {
            Image = definition.Image,
            RootFs = definition.RootFs,
            OciSpecPath = definition.OciSpecPath,
            Name = definition.Name,
            Command = definition.Command,
            Entrypoint = definition.Entrypoint,
            Env = definition.Env.Count == 0 ? null : definition.Env,
            User = definition.User,
            WorkingDir = definition.WorkingDir,
            Hostname = definition.Hostname,
            Domainname = definition.Domainname,
            Mounts = ContainerMapper.OrNull([.. definition.Mounts.Select(mount => ToStored(mount, before))]),
            Devices = ContainerMapper.OrNull([.. definition.Devices.Select(device => ToStored(device, before))]),
            ReadOnly = definition.ReadOnly,
            Privileged = definition.Privileged,
            CapAdd = ContainerMapper.OrNull(definition.CapAdd),
            CapDrop = ContainerMapper.OrNull(definition.CapDrop),
            Seccomp = definition.Seccomp,
            NoNewPrivileges = definition.NoNewPrivileges,
            NetworkMode = definition.NetworkMode,
            PidMode = definition.PidMode,
            IpcMode = definition.IpcMode,
            UtsMode = definition.UtsMode,
            Limits = LimitsMapper.ToStored(definition.Limits, before?.Limits),
            Labels = definition.Labels.Count == 0 ? null : definition.Labels,
            Annotations = definition.Annotations.Count == 0 ? null : definition.Annotations,
            StopSignal = definition.StopSignal?.ToString(),
            StopTimeout = definition.StopTimeout,
            AutoRemove = definition.AutoRemove,
            Lifetime = definition.Lifetime.ToString(),
            OpenStdin = definition.OpenStdin,
            LogMaxSize = definition.LogMaxSize,
            LogMaxFile = definition.LogMaxFile,
            CgroupParent = definition.CgroupParent,
            Ulimits = ContainerMapper.OrNull([.. definition.Ulimits.Select(limit => ToStored(limit, before))]),
            OomScoreAdj = definition.OomScoreAdj,
            ShmSize = definition.ShmSize,
            Dns = ContainerMapper.OrNull(definition.Dns),
            DnsSearch = ContainerMapper.OrNull(definition.DnsSearch),
            DnsOptions = ContainerMapper.OrNull(definition.DnsOptions),
            ExtraHosts = ContainerMapper.OrNull(definition.ExtraHosts),
            Sysctls = definition.Sysctls.Count == 0 ? null : definition.Sysctls,
            Kept = before?.Kept,
        };

    private static Mount ToMount(StoredMount stored) =>
        new()
        {
            Type = Word<MountType>(stored.Type, "mounts.type"),
            Source = stored.Source,
            Destination = stored.Destination,
            ReadOnly = stored.ReadOnly,
            Propagation = Word<MountPropagation>(stored.Propagation, "mounts.propagation"),
            TmpfsSize = stored.TmpfsSize,
            TmpfsMode = stored.TmpfsMode,
        };

    private static StoredMount ToStored(Mount mount, StoredDefinition? before) =>
        new()
        {
            Type = mount.Type.ToString(),
            Source = mount.Source,
            Destination = mount.Destination,
            ReadOnly = mount.ReadOnly,
            Propagation = mount.Propagation.ToString(),
            TmpfsSize = mount.TmpfsSize,
            TmpfsMode = mount.TmpfsMode,
            Kept = ContainerMapper.KeptOf(before?.Mounts, other => other.Destination == mount.Destination),
        };

    private static StoredDevice ToStored(ContainerDevice device, StoredDefinition? before) =>
        new()
        {
            HostPath = device.HostPath,
            ContainerPath = device.ContainerPath,
            Access = device.Access,
            Kept = ContainerMapper.KeptOf(before?.Devices, other => other.ContainerPath == device.ContainerPath),
        };

    private static StoredUlimit ToStored(Ulimit limit, StoredDefinition? before) =>
        new()
        {
            Name = limit.Name,
            Soft = limit.Soft,
            Hard = limit.Hard,
            Kept = ContainerMapper.KeptOf(before?.Ulimits, other => other.Name == limit.Name),
        };

    private static IReadOnlyDictionary<string, string> Texts(IReadOnlyDictionary<string, string>? texts, string member) =>
        texts?.Values.Any(value => value is null) == true
            ? throw new JsonException($"A value of {member} is null.")
            : texts ?? new Dictionary<string, string>();

    private static T Word<T>(string word, string member)
        where T : struct, Enum =>
        Enum.TryParse(word, out T value) && (Enum.IsDefined(value) || typeof(T) == typeof(Signal))
            ? value
            : throw new JsonException($"The value '{word}' of {member} is not known to this version.");
}
