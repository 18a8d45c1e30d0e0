using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups.V2;

/// <summary>v2 has no network controllers: nftables and eBPF match on the group's path instead (Documentation, "R-4").</summary>
internal static class Network
{
    public static void Add(LinuxNetwork? network)
    {
        if (network?.ClassID is not null || network?.Priorities is { Count: > 0 })
        {
            throw CgroupException.Unavailable(
                "net_cls",
                "network.classID and network.priorities cannot be set: cgroup v2 has no network controllers.",
                "Match on the control group in nftables (socket cgroupv2)."
            );
        }
    }
}
