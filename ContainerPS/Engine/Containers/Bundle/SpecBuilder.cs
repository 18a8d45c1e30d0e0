using System.Runtime.CompilerServices;
using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Engine.Containers.Security;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Linux;
using Oci = ContainerPS.Native.Oci;

namespace ContainerPS.Engine.Containers.Bundle;

/// <summary>Namespaces of others that a start joins: paths by kind; ShmSource is what takes the place of /dev/shm.</summary>
internal sealed record JoinedNamespaces
{
    public static JoinedNamespaces None { get; } = new();

    public string? Network { get; init; }

    public string? Pid { get; init; }

    public string? Ipc { get; init; }

    public string? Uts { get; init; }

    public string? ShmSource { get; init; }
}

/// <summary>The OCI runtime-spec document of a container: what its record comes to, by Docker's defaults.</summary>
internal static class SpecBuilder
{
    private const string OciVersion = "1.2.0";

    private static readonly ConditionalWeakTable<ContainerRecord, Oci.Spec> OfExecs = [];

    private static readonly IReadOnlyDictionary<string, string> NetworkSysctls = new Dictionary<string, string>
    {
        ["net.ipv4.ip_unprivileged_port_start"] = "0",
        ["net.ipv4.ping_group_range"] = "0 2147483647",
    };

    public static Oci.Spec Build(
        ContainerRecord record,
        ContainerPaths paths,
        JoinedNamespaces joined,
        Oci.LinuxResources limits,
        SecurityLabels labels
    )
    {
        ContainerDefinition definition = record.Definition;
        CapabilitySet capabilities = SpecSecurity.Capabilities(definition);
        bool ownUts = Mode(definition.UtsMode).Owner == NamespaceOwner.Private;
        return new Oci.Spec
        {
            OciVersion = OciVersion,
            Root = new Oci.Root { Path = "rootfs", Readonly = definition.ReadOnly },
            Process = Labelled(Process(record, capabilities), labels),
            Hostname = ownUts ? definition.Hostname ?? record.Id[..12] : null,
            Domainname = ownUts ? definition.Domainname : null,
            Mounts = SpecMounts.For(definition, paths, joined.ShmSource),
            Annotations = definition.Annotations.Count == 0 ? null : definition.Annotations,
            Linux = new Oci.Linux
            {
                CgroupsPath = record.CgroupPath,
                Namespaces = Namespaces(definition, joined),
                Resources = limits with { Devices = SpecDevices.Rules(definition) },
                Devices = SpecDevices.Nodes(definition),
                Seccomp = SpecSecurity.Seccomp(definition, capabilities),
                MaskedPaths = definition.Privileged ? null : KernelPaths.Masked,
                ReadonlyPaths = definition.Privileged ? null : KernelPaths.ReadOnly,
                Sysctl = Sysctls(definition),
                MountLabel = labels.MountLabel,
            },
        };
    }

    /// <summary>The parts of it that concern one more process: made once for a record that nothing else has a say in.</summary>
    public static Oci.Spec BuildForExec(ContainerRecord record, JoinedNamespaces joined, SecurityLabels labels)
    {
        Oci.Spec spec =
            ReferenceEquals(joined, JoinedNamespaces.None) && record.Definition.Seccomp is null or "default" or "unconfined"
                ? OfExecs.GetValue(record, static known => ForExec(known, JoinedNamespaces.None))
                : ForExec(record, joined);
        return labels == SecurityLabels.None ? spec : spec with { Process = Labelled(spec.Process!, labels) };
    }

    private static Oci.Spec ForExec(ContainerRecord record, JoinedNamespaces joined)
    {
        ContainerDefinition definition = record.Definition;
        CapabilitySet capabilities = SpecSecurity.Capabilities(definition);
        return new Oci.Spec
        {
            OciVersion = OciVersion,
            Process = Process(record, capabilities),
            Linux = new Oci.Linux { Namespaces = Namespaces(definition, joined), Seccomp = SpecSecurity.Seccomp(definition, capabilities) },
        };
    }

    /// <summary>Null where no namespace is asked for: the host's is used.</summary>
    public static IReadOnlyList<Oci.LinuxNamespace> Namespaces(ContainerDefinition definition, JoinedNamespaces joined)
    {
        var namespaces = new List<Oci.LinuxNamespace>
        {
            new() { Type = "mount" },
            new() { Type = "cgroup" },
        };
        Add("network", NamespaceMode.Parse(definition.NetworkMode, "The network", "none"), joined.Network);
        Add("pid", Mode(definition.PidMode), joined.Pid);
        Add("ipc", Mode(definition.IpcMode), joined.Ipc);
        Add("uts", Mode(definition.UtsMode), joined.Uts);
        return namespaces;

        void Add(string type, NamespaceMode mode, string? path)
        {
            if (mode.Owner != NamespaceOwner.Host)
            {
                namespaces.Add(new Oci.LinuxNamespace { Type = type, Path = path });
            }
        }
    }

    private static NamespaceMode Mode(string text) => NamespaceMode.Parse(text, "The namespace");

    private static Oci.Process Labelled(Oci.Process process, SecurityLabels labels) =>
        process with
        {
            ApparmorProfile = labels.AppArmorProfile,
            SelinuxLabel = labels.ProcessLabel,
        };

    private static Oci.Process Process(ContainerRecord record, CapabilitySet capabilities) =>
        new()
        {
            Args = record.Process.Args,
            Env = record.Process.Env,
            Cwd = record.Process.WorkingDir,
            User = UserOf(record.Process.User),
            Capabilities = SpecSecurity.ToOci(capabilities),
            NoNewPrivileges = record.Definition.NoNewPrivileges,
            OomScoreAdj = record.Definition.OomScoreAdj ?? 0,
            Rlimits = record.Definition.Ulimits.Count == 0 ? null : [.. record.Definition.Ulimits.Select(Rlimit)],
        };

    /// <summary>
    /// By name: the launcher looks it up in the root file system as it is at the start, with the home and the groups that belong to it.
    /// </summary>
    public static Oci.User UserOf(string user) => new() { Username = user.Length == 0 ? "0" : user };

    private static Oci.PosixRlimit Rlimit(Ulimit limit) =>
        new()
        {
            Type = "RLIMIT_" + limit.Name.ToUpperInvariant(),
            // -1 is RLIM_INFINITY in two's complement.
            Soft = unchecked((ulong)limit.Soft),
            Hard = unchecked((ulong)limit.Hard),
        };

    // Docker's two: in a network of its own a container may use low ports and ping without privileges.
    private static IReadOnlyDictionary<string, string>? Sysctls(ContainerDefinition definition)
    {
        bool ownNetwork = NamespaceMode.Parse(definition.NetworkMode, "The network", "none").Owner == NamespaceOwner.Private;
        if (definition.Sysctls.Count == 0)
        {
            return ownNetwork ? NetworkSysctls : null;
        }

        var sysctls = new Dictionary<string, string>(ownNetwork ? NetworkSysctls : new Dictionary<string, string>());
        foreach ((string? name, string? value) in definition.Sysctls)
        {
            sysctls[name] = value;
        }

        return sysctls;
    }
}
