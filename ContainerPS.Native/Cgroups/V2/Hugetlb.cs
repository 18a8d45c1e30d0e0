using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups.V2;

/// <summary>Documentation/admin-guide/cgroup-v2.rst, "HugeTLB Interface Files"; why there are two, see the twin.</summary>
internal static class Hugetlb
{
    public static void Add(SettingList list, IReadOnlyList<LinuxHugepageLimit>? limits)
    {
        foreach (LinuxHugepageLimit limit in limits ?? [])
        {
            PageSizes.Check(limit.PageSize);
            list.Set("hugetlb", $"hugetlb.{limit.PageSize}.max", ControlText.Text(limit.Limit));
            string reservations = $"hugetlb.{limit.PageSize}.rsvd.max";
            if (list.Has("hugetlb", reservations))
            {
                list.Set("hugetlb", reservations, ControlText.Text(limit.Limit));
            }
        }
    }
}
