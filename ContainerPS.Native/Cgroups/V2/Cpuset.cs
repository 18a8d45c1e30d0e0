using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups.V2;

/// <summary>Documentation/admin-guide/cgroup-v2.rst, "Cpuset Interface Files". An empty file means what the group above has.</summary>
internal static class Cpuset
{
    public static void Add(SettingList list, LinuxCpu? cpu)
    {
        Set(list, "cpuset.cpus", cpu?.Cpus);
        Set(list, "cpuset.mems", cpu?.Mems);
    }

    // v2 takes processors that nobody has and then uses the parent's instead; a limit that does nothing is refused here as v1 does.
    private static void Set(SettingList list, string file, string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return;
        }

        HostLists.Check(file, value);
        list.Set("cpuset", file, value);
    }
}
