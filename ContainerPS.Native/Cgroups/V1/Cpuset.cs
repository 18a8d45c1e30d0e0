using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups.V1;

/// <summary>Documentation/admin-guide/cgroup-v1/cpusets.rst. A new group has no processors and takes no process until it has some.</summary>
internal static class Cpuset
{
    public static void Add(SettingList list, LinuxCpu? cpu)
    {
        Set(list, "cpuset.cpus", cpu?.Cpus);
        Set(list, "cpuset.mems", cpu?.Mems);
    }

    /// <summary>Gives each group on the way, from the top, what its parent has, where it has nothing yet.</summary>
    public static void Inherit(CgroupHierarchy hierarchy, string group)
    {
        (string parent, _) = CgroupHierarchy.Split(group);
        if (parent != "/")
        {
            Inherit(hierarchy, parent);
        }

        CgroupDirectory directory = hierarchy.DirectoryInParent(group);
        foreach (string file in (string[])["cpuset.cpus", "cpuset.mems"])
        {
            if (string.IsNullOrEmpty(directory.TryRead(file)))
            {
                directory.Write(file, Linux.Files.ReadAllText($"{hierarchy.PathOf(parent)}/{file}").Trim());
            }
        }
    }

    private static void Set(SettingList list, string file, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            list.Set("cpuset", file, value);
        }
    }
}
