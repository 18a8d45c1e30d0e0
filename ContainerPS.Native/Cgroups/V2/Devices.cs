using ContainerPS.Native.Cgroups.Bpf;
using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups.V2;

/// <summary>v2 has no device files: a program attached to the group decides (Documentation, "Device controller").</summary>
internal static class Devices
{
    public static void Add(SettingList list, CgroupDirectory directory, IReadOnlyList<LinuxDeviceCgroup>? rules)
    {
        if (rules is { Count: > 0 })
        {
            byte[] program = DeviceProgram.Assemble([.. rules.Select(DeviceRule.From)]);
            list.Act("devices", directory.Path, $"BPF_CGROUP_DEVICE program of {rules.Count} rules", () => Attach(directory, program));
        }
    }

    private static void Attach(CgroupDirectory directory, byte[] program)
    {
        using Linux.FileDescriptor open = directory.Open(".", Interop.Libc.O_RDONLY | Interop.Libc.O_DIRECTORY);
        DeviceProgram.Attach(open, program);
    }
}
