using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups.V2;

/// <summary>
/// Documentation/admin-guide/cgroup-v2.rst, "IO Interface Files". io.bfq.weight acts on devices with the bfq scheduler; io.weight on
/// those with a cost model (io.cost.qos).
/// </summary>
internal static class Io
{
    public static void Add(SettingList list, LinuxBlockIO? io)
    {
        if (io is null)
        {
            return;
        }

        if (io.LeafWeight is not null || io.WeightDevice?.Any(device => device.LeafWeight is not null) == true)
        {
            throw CgroupException.Unavailable("io", "blockIO.leafWeight cannot be set: cgroup v2 has no such file.", "Leave it out.");
        }

        AddWeights(list, io);
        AddThrottles(list, "rbps", io.ThrottleReadBpsDevice);
        AddThrottles(list, "wbps", io.ThrottleWriteBpsDevice);
        AddThrottles(list, "riops", io.ThrottleReadIOPSDevice);
        AddThrottles(list, "wiops", io.ThrottleWriteIOPSDevice);
    }

    private static void AddWeights(SettingList list, LinuxBlockIO io)
    {
        if (io.Weight is null && io.WeightDevice is null or { Count: 0 })
        {
            return;
        }

        bool bfq = list.HasNow("io", "io.bfq.weight");
        if (io.Weight is { } weight && bfq)
        {
            list.SetKeyed("io", File(true), "default", Weight(true, weight), "100");
        }

        // Each disk obeys one of the two, by its scheduler; a weight for all disks is said to both.
        if (io.Weight is { } cost && (!bfq || list.HasNow("io", "io.weight")))
        {
            list.SetKeyed("io", File(false), "default", Weight(false, cost), "100");
        }

        foreach (LinuxWeightDevice device in io.WeightDevice ?? [])
        {
            string name = V1.Io.Device(device.Major, device.Minor);
            bool own = bfq && !IsWithoutBfq(name);
            list.SetKeyed("io", File(own), name, Weight(own, device.Weight!.Value), "default");
        }
    }

    // EOPNOTSUPP is what either file says of a disk that obeys the other.
    private static bool IsWithoutBfq(string device)
    {
        string scheduler = $"/sys/dev/block/{device}/queue/scheduler";
        return System.IO.File.Exists(scheduler) && !System.IO.File.ReadAllText(scheduler).Contains("[bfq]", StringComparison.Ordinal);
    }

    private static string File(bool bfq) => bfq ? "io.bfq.weight" : "io.weight";

    private static string Weight(bool bfq, ushort weight) => ControlText.Text(bfq ? weight : CgroupConversion.IoWeightFromBlkio(weight));

    private static void AddThrottles(SettingList list, string key, IReadOnlyList<LinuxThrottleDevice>? throttles)
    {
        foreach (LinuxThrottleDevice throttle in throttles ?? [])
        {
            string device = V1.Io.Device(throttle.Major, throttle.Minor);
            string before = ControlText.Nested(ControlText.Line(list.Old("io", "io.max"), device) ?? "", key) ?? "max";
            string rate = throttle.Rate == 0 ? "max" : ControlText.Text(throttle.Rate);
            list.SetPart("io", "io.max", $"{device} {key}={rate}", $"{device} {key}={before}");
        }
    }
}
