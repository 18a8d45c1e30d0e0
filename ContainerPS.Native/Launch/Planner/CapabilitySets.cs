using ContainerPS.Native.Linux;
using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Launch.Planner;

/// <summary>
/// The five sets of a process. A capability that this kernel does not have is left out, as runc does; one that no kernel has is an error.
/// </summary>
internal sealed record CapabilitySets(
    CapabilitySet Bounding,
    CapabilitySet Effective,
    CapabilitySet Permitted,
    CapabilitySet Inheritable,
    CapabilitySet Ambient
)
{
    public static CapabilitySets Of(LinuxCapabilities? names, int lastCapability)
    {
        var known = new CapabilitySet(lastCapability >= 63 ? ulong.MaxValue : (1UL << lastCapability + 1) - 1);
        CapabilitySet Parse(IReadOnlyList<string>? list) => known & ParseAll(list ?? []);
        return new CapabilitySets(
            Parse(names?.Bounding),
            Parse(names?.Effective),
            Parse(names?.Permitted),
            Parse(names?.Inheritable),
            Parse(names?.Ambient)
        );
    }

    private static CapabilitySet ParseAll(IReadOnlyList<string> names)
    {
        CapabilitySet set = CapabilitySet.Empty;
        foreach (string name in names)
        {
            set = CapabilitySet.TryParse(name, out CapabilitySet one)
                ? set | one
                : throw new LaunchException(LaunchFailure.Setup, $"There is no capability '{name}'.");
        }

        return set;
    }
}
