using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups.V1;

/// <summary>Documentation/admin-guide/cgroup-v1/rdma.rst; v2's file is the same.</summary>
internal static class Rdma
{
    public static void Add(SettingList list, IReadOnlyDictionary<string, LinuxRdma>? devices)
    {
        foreach ((string device, LinuxRdma limit) in devices ?? new Dictionary<string, LinuxRdma>())
        {
            string handles = limit.HcaHandles is { } count ? $"hca_handle={count}" : "hca_handle=max";
            string objects = limit.HcaObjects is { } number ? $"hca_object={number}" : "hca_object=max";
            list.SetKeyed("rdma", "rdma.max", device, $"{handles} {objects}", "hca_handle=max hca_object=max");
        }
    }
}
