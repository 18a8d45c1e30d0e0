using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups.V2;

/// <summary>The file is v1's.</summary>
internal static class Rdma
{
    public static void Add(SettingList list, IReadOnlyDictionary<string, LinuxRdma>? devices) => V1.Rdma.Add(list, devices);
}
