using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups.V1;

/// <summary>Documentation/admin-guide/cgroup-v1/devices.rst: an ordered list of commands.</summary>
internal static class Devices
{
    // No undo: the list that the kernel shows is not the list of commands that led to it.
    public static void Add(SettingList list, IReadOnlyList<LinuxDeviceCgroup>? rules)
    {
        foreach (LinuxDeviceCgroup rule in rules ?? [])
        {
            var device = DeviceRule.From(rule);
            list.Command("devices", device.Allow ? "devices.allow" : "devices.deny", device.ToString());
        }
    }
}
