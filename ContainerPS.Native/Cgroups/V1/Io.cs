using System.Globalization;
using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups.V1;

/// <summary>Documentation/admin-guide/cgroup-v1/blkio-controller.rst. Weights are those of the bfq scheduler since Linux 5.0.</summary>
internal static class Io
{
    public static void Add(SettingList list, LinuxBlockIO? io)
    {
        if (io is null)
        {
            return;
        }

        AddWeights(list, io);
        AddThrottles(list, "blkio.throttle.read_bps_device", io.ThrottleReadBpsDevice);
        AddThrottles(list, "blkio.throttle.write_bps_device", io.ThrottleWriteBpsDevice);
        AddThrottles(list, "blkio.throttle.read_iops_device", io.ThrottleReadIOPSDevice);
        AddThrottles(list, "blkio.throttle.write_iops_device", io.ThrottleWriteIOPSDevice);
    }

    internal static string Device(long major, long minor) => string.Create(CultureInfo.InvariantCulture, $"{major}:{minor}");

    private static void AddWeights(SettingList list, LinuxBlockIO io)
    {
        if (io.LeafWeight is not null || io.WeightDevice?.Any(device => device.LeafWeight is not null) == true)
        {
            throw CgroupException.Unavailable(
                "blkio",
                "blockIO.leafWeight cannot be set: it went with the CFQ scheduler in Linux 5.0.",
                "Leave it out."
            );
        }

        string prefix = list.Has("blkio", "blkio.bfq.weight") ? "blkio.bfq." : "blkio.";
        if (io.Weight is { } weight)
        {
            list.Set("blkio", prefix + "weight", ControlText.Text((long)weight));
        }

        foreach (LinuxWeightDevice device in io.WeightDevice ?? [])
        {
            list.SetKeyed(
                "blkio",
                prefix + "weight_device",
                Device(device.Major, device.Minor),
                ControlText.Text((long)device.Weight!.Value),
                "0"
            );
        }
    }

    private static void AddThrottles(SettingList list, string file, IReadOnlyList<LinuxThrottleDevice>? throttles)
    {
        foreach (LinuxThrottleDevice throttle in throttles ?? [])
        {
            list.SetKeyed("blkio", file, Device(throttle.Major, throttle.Minor), ControlText.Text(throttle.Rate), "0");
        }
    }
}
