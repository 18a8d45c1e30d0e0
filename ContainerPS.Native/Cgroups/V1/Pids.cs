using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups.V1;

/// <summary>Documentation/admin-guide/cgroup-v1/pids.rst. Tasks are threads, too. 0 is "no limit", as crun and runc take it.</summary>
internal static class Pids
{
    public static void Add(SettingList list, LinuxPids? pids)
    {
        if (pids?.Limit is { } limit)
        {
            list.Set("pids", "pids.max", ControlText.MaxOr(limit == 0 ? -1 : limit));
        }
    }
}
