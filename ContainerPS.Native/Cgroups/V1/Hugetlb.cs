using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups.V1;

/// <summary>
/// Documentation/admin-guide/cgroup-v1/hugetlb.rst. The plain limit acts at the first touch (SIGBUS), the one on reservations at mmap
/// (ENOMEM), where a program can deal with it: both are set. On hybrid hosts the controller may be on the v2 hierarchy.
/// </summary>
internal static class Hugetlb
{
    public static void Add(SettingList list, IReadOnlyList<LinuxHugepageLimit>? limits)
    {
        if (list.Host.HierarchyOf("hugetlb") is { IsUnified: true })
        {
            V2.Hugetlb.Add(list, limits);
        }
        else
        {
            Add(list, limits, "limit_in_bytes");
        }
    }

    internal static void Add(SettingList list, IReadOnlyList<LinuxHugepageLimit>? limits, string file)
    {
        foreach (LinuxHugepageLimit limit in limits ?? [])
        {
            PageSizes.Check(limit.PageSize);
            list.Set("hugetlb", $"hugetlb.{limit.PageSize}.{file}", ControlText.Text(limit.Limit));
            string reservations = $"hugetlb.{limit.PageSize}.rsvd.{file}";
            if (list.Has("hugetlb", reservations))
            {
                list.Set("hugetlb", reservations, ControlText.Text(limit.Limit));
            }
        }
    }
}
