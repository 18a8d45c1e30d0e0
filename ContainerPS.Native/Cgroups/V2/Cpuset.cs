using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups.V2;

/// <summary>
/// Documentation/admin-guide/cgroup-v2.rst, "Cpuset Interface Files". The files are v1's; an empty one means what the group above has.
/// </summary>
internal static class Cpuset
{
    public static void Add(SettingList list, LinuxCpu? cpu) => V1.Cpuset.Add(list, cpu);
}
