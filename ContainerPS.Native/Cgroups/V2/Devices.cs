using ContainerPS.Native.Cgroups.Bpf;
using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups.V2;

/// <summary>v2 has no device files: a program attached to the group decides (Documentation, "Device controller").</summary>
internal static class Devices
{
    public static void Add(SettingList list, CgroupDirectory? directory, string path, IReadOnlyList<LinuxDeviceCgroup>? rules)
    {
        if (rules is not { Count: > 0 })
        {
            return;
        }

        byte[] program = DeviceProgram.Assemble([.. rules.Select(DeviceRule.From)]);
        list.Act("devices", path, $"BPF_CGROUP_DEVICE program of {rules.Count} rules", () => Attach(directory, path, program));
    }

    private static void Attach(CgroupDirectory? directory, string path, byte[] program)
    {
        using Linux.FileDescriptor open = directory is { Exists: true }
            ? directory.Open(".", Interop.Libc.O_RDONLY | Interop.Libc.O_DIRECTORY)
            : Linux.Files.OpenDirectory(path);
        DeviceProgram.Attach(open, program);
    }
}
