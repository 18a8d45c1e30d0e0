using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups.V2;

/// <summary>Documentation/admin-guide/cgroup-v2.rst, "HugeTLB Interface Files"; why there are two, see the twin.</summary>
internal static class Hugetlb
{
    public static void Add(SettingList list, IReadOnlyList<LinuxHugepageLimit>? limits) => V1.Hugetlb.Add(list, limits, "max");
}
