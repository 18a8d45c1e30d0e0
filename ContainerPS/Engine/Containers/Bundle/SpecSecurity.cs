using System.Collections.Concurrent;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Seccomp;
using Oci = ContainerPS.Native.Oci;

namespace ContainerPS.Engine.Containers.Bundle;

/// <summary>Capabilities and seccomp of a container.</summary>
internal static class SpecSecurity
{
    private static readonly Lazy<CapabilitySet> OwnBounding = new(ReadBounding);

    // One profile object a capability set: the compiled filter is remembered by the object.
    private static readonly ConcurrentDictionary<ulong, Oci.LinuxSeccomp> Profiles = new();

    /// <summary>Docker's set, or all when privileged; then what is dropped, then what is added.</summary>
    public static CapabilitySet Capabilities(ContainerDefinition definition)
    {
        if (definition.Privileged)
        {
            return All;
        }

        CapabilitySet dropped = Parse(definition.CapDrop);
        CapabilitySet added = Parse(definition.CapAdd);
        // "--cap-drop ALL --cap-add X" means X alone, "--cap-add ALL --cap-drop X" means all but X.
        return definition.CapAdd.Any(IsAll) ? added.Except(dropped) : CapabilitySet.DockerDefault.Except(dropped) | added;
    }

    /// <summary>
    /// What this process could have: nobody can give more, and a root that is confined itself (in a container, by a service manager) has
    /// less than all.
    /// </summary>
    public static CapabilitySet All => CapabilitySet.Known & OwnBounding.Value;

    /// <summary>Nothing inheritable: a program with inheritable file capabilities would gain them (CVE-2022-24769).</summary>
    public static Oci.LinuxCapabilities ToOci(CapabilitySet set)
    {
        IReadOnlyList<string> names = set.ToNames();
        return new Oci.LinuxCapabilities
        {
            Bounding = names,
            Effective = names,
            Permitted = names,
        };
    }

    /// <summary>Null for none.</summary>
    public static Oci.LinuxSeccomp? Seccomp(ContainerDefinition definition, CapabilitySet capabilities) =>
        definition.Seccomp switch
        {
            null when definition.Privileged => null,
            "unconfined" => null,
            null or "default" => Profiles.GetOrAdd(capabilities.Bits, bits => DefaultSeccompProfile.For(new CapabilitySet(bits))),
            var path => SeccompProfileFile.Read(path, capabilities),
        };

    public static ContainerSecurity Describe(ContainerDefinition definition) =>
        new()
        {
            Privileged = definition.Privileged,
            Capabilities = Capabilities(definition).ToNames(),
            SeccompProfile = definition.Seccomp ?? (definition.Privileged ? "unconfined" : "default"),
            NoNewPrivileges = definition.NoNewPrivileges,
            ReadonlyRootfs = definition.ReadOnly,
            MaskedPaths = definition.Privileged ? [] : KernelPaths.Masked,
            ReadonlyPaths = definition.Privileged ? [] : KernelPaths.ReadOnly,
        };

    private static bool IsAll(string name) => string.Equals(name, "ALL", StringComparison.OrdinalIgnoreCase);

    private static CapabilitySet Parse(IReadOnlyList<string> names)
    {
        CapabilitySet set = CapabilitySet.Empty;
        foreach (string name in names)
        {
            set |=
                IsAll(name) ? All
                : CapabilitySet.TryParse(name, out CapabilitySet one) ? one
                : CapabilitySet.Empty;
        }

        return set;
    }

    private static CapabilitySet ReadBounding()
    {
        const string field = "CapBnd:";
        string line = Files
            .ReadAllText("/proc/self/status")
            .Split('\n')
            .First(candidate => candidate.StartsWith(field, StringComparison.Ordinal));
        return new CapabilitySet(
            ulong.Parse(
                line.AsSpan(field.Length).Trim(),
                System.Globalization.NumberStyles.HexNumber,
                System.Globalization.CultureInfo.InvariantCulture
            )
        );
    }
}
