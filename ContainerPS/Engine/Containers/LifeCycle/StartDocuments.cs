using System.Text.Json;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Containers.Bundle;
using ContainerPS.Engine.Containers.Limits;
using ContainerPS.Engine.Containers.Security;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;
using Oci = ContainerPS.Native.Oci;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>The runtime-spec documents of starts and execs, with the namespaces they join as these are now.</summary>
internal sealed class StartDocuments(ContainerContext context)
{
    /// <summary>Of the next start.</summary>
    public Oci.Spec ForStart(Container container)
    {
        ContainerPaths paths = container.View.Paths;
        ContainerRecord record = container.View.KnownRecord;
        Oci.LinuxResources limits = LimitResources.From(record.Definition.Limits, context.Cgroups);
        return record.Definition.OciSpecPath is not null
            ? OfBundle(paths, record, limits)
            : SpecBuilder.Build(record, paths, Joined(record), limits, LabelsOf(record, record.Definition.Privileged));
    }

    /// <summary>As much of it as an exec needs: which namespaces are the container's own, what its processes may do.</summary>
    public Oci.Spec ForExec(ContainerRecord record, ContainerPaths paths, bool isPrivileged) =>
        record.Definition.OciSpecPath is not null
            ? OfBundle(paths, record, LimitResources.From(record.Definition.Limits, context.Cgroups))
            : SpecBuilder.BuildForExec(record, Joined(record), LabelsOf(record, isPrivileged || record.Definition.Privileged));

    private SecurityLabels LabelsOf(ContainerRecord record, bool isPrivileged) =>
        context.SecurityModules.For(isPrivileged, record.Security.SELinuxLabel, context.Warnings.Enqueue);

    private static Oci.Spec OfBundle(ContainerPaths paths, ContainerRecord record, Oci.LinuxResources limits)
    {
        Oci.Spec spec = JsonSerializer.Deserialize(SpecOf(paths), Oci.OciJson.Default.Spec)!;
        Oci.Linux linux = spec.Linux ?? new Oci.Linux();
        // As when it is given to runc: a bundle of `runc spec` forbids all devices, and the standard ones are meant to work all the same.
        Oci.LinuxResources? own = SpecResources.EffectiveResources(spec);
        Oci.LinuxResources resources = record.Definition.Limits.IsEmpty ? own ?? limits : limits with { Devices = own?.Devices };
        return spec with { Linux = linux with { CgroupsPath = record.CgroupPath, Resources = resources } };
    }

    private static byte[] SpecOf(ContainerPaths paths)
    {
        string problem = "it is missing";
        try
        {
            if (RegularFile.TryReadOwn(paths.Spec) is { } bytes)
            {
                return bytes;
            }
        }
        catch (InvalidDataException other)
        {
            problem = $"{other.Message} is in its place";
        }

        throw new ContainerStorageException(
            ErrorIds.StoreCorrupt,
            $"The OCI configuration '{paths.Spec}' of the container {paths.Id[..12]} cannot be read: {problem}.",
            paths.Id,
            "Put a copy of the bundle's config.json there, or remove the container."
        );
    }

    private JoinedNamespaces Joined(ContainerRecord record)
    {
        if (record.Namespaces.All(ns => ns is { Path: null, SharedWith: null, IsHost: false }))
        {
            return JoinedNamespaces.None;
        }

        return new JoinedNamespaces
        {
            Network = PathOf(record, "network", "net"),
            Pid = PathOf(record, "pid", "pid"),
            Ipc = PathOf(record, "ipc", "ipc"),
            Uts = PathOf(record, "uts", "uts"),
            ShmSource = ShmOf(record),
        };
    }

    private string? PathOf(ContainerRecord record, string type, string file)
    {
        NamespaceInfo ns = record.Namespaces.First(candidate => candidate.Type == type);
        return ns.Path
            ?? (ns.SharedWith is { } owner ? FormattableString.Invariant($"/proc/{PidOf(record, owner, type)}/ns/{file}") : null);
    }

    // Shared memory by name lies in /dev/shm: a container that uses the host's ipc namespace uses that.
    private static string? ShmOf(ContainerRecord record) =>
        record.Namespaces.Any(candidate => candidate is { Type: "ipc", IsHost: true }) ? "/dev/shm" : null;

    private int PidOf(ContainerRecord record, string owner, string type)
    {
        StateRecord? state = context.Store.Open(owner)?.View.Current;
        if (state is { IsAlive: true } alive && alive.First.IsAlive)
        {
            return alive.Pid;
        }

        throw new ContainerStateException(
            ErrorIds.ContainerNotRunning,
            $"Container '{record.Name}' cannot be started: the container {owner[..12]}, whose {type} namespace it joins, is not running.",
            null,
            nameof(ContainerState.Running),
            record.Name,
            $"Start it first (Start-Container {owner[..12]})."
        );
    }
}
