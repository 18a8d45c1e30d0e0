using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups.V1;

/// <summary>
/// Documentation/admin-guide/cgroup-v1/cpusets.rst. A new group has no processors and takes no process until it has some.
/// </summary>
internal static class Cpuset
{
    public static void Add(SettingList list, LinuxCpu? cpu)
    {
        Set(list, "cpuset.cpus", cpu?.Cpus);
        Set(list, "cpuset.mems", cpu?.Mems);
    }

    /// <summary>Gives a group what its parent has, where it has nothing yet; the parent first, where that has nothing either.</summary>
    public static void Inherit(CgroupHierarchy hierarchy, string group)
    {
        foreach (string file in (string[])["cpuset.cpus", "cpuset.mems"])
        {
            Inherit(hierarchy, group, file);
        }
    }

    private static string Inherit(CgroupHierarchy hierarchy, string group, string file)
    {
        CgroupDirectory directory = hierarchy.Directory(group);
        string value = directory.Read(file);
        if (value.Length == 0 && group != "/")
        {
            value = Inherit(hierarchy, CgroupHierarchy.Split(group).Parent, file);
            directory.Write(file, value);
        }

        return value;
    }

    // v2 takes processors that nobody has and then uses the parent's instead; a limit that does nothing is refused on both.
    private static void Set(SettingList list, string file, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            HostLists.Check(file, value);
            list.Set("cpuset", file, value);
        }
    }
}
