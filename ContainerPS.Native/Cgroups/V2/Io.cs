using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Cgroups.V2;

/// <summary>
/// Documentation/admin-guide/cgroup-v2.rst, "IO Interface Files". io.bfq.weight acts on devices with the bfq scheduler; io.weight on
/// those with a cost model (io.cost.qos), and is what is left where bfq is not built in.
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
        if (io.Weight is { } weight)
        {
            list.SetKeyed("io", File(bfq), "default", Weight(bfq, weight), "100");
        }

        foreach (LinuxWeightDevice device in io.WeightDevice ?? [])
        {
            list.SetKeyed("io", File(bfq), V1.Io.Device(device.Major, device.Minor), Weight(bfq, device.Weight!.Value), "default");
        }
    }

    private static string File(bool bfq) => bfq ? "io.bfq.weight" : "io.weight";

    private static string Weight(bool bfq, ushort weight) =>
        ControlText.Text(bfq ? weight : CgroupConversion.IoWeightFromBlkio(weight));

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
