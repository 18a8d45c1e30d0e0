using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups.V1;

/// <summary>Documentation/admin-guide/cgroup-v1/net_cls.rst and net_prio.rst.</summary>
internal static class Network
{
    public static void Add(SettingList list, LinuxNetwork? network)
    {
        if (network?.ClassID is { } id)
        {
            list.Set("net_cls", "net_cls.classid", ControlText.Text((long)id));
        }

        foreach (LinuxInterfacePriority priority in network?.Priorities ?? [])
        {
            list.SetKeyed("net_prio", "net_prio.ifpriomap", priority.Name, ControlText.Text((long)priority.Priority), "0");
        }
    }
}
