using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups.V2;

/// <summary>The file is v1's.</summary>
internal static class Pids
{
    public static void Add(SettingList list, LinuxPids? pids) => V1.Pids.Add(list, pids);
}
