using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups;

/// <summary>The limits that a spec leads to. One rule for the OCI runtime and for bundles in the engine.</summary>
public static class SpecResources
{
    /// <summary>
    /// The spec's linux.resources, with what every container may use behind its own device rules, as runc has it: a spec begins with
    /// "deny all" and names only the rest. Without those rules the container's own /dev/null is refused. Null when the spec limits
    /// nothing; unchanged when it has no device rules.
    /// </summary>
    public static LinuxResources? EffectiveResources(Spec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return spec.Linux?.Resources is { Devices: { } rules } resources
            ? resources with
            {
                Devices = [.. rules, .. DeviceRule.Defaults],
            }
            : spec.Linux?.Resources;
    }
}
