namespace ContainerPS.Native.Cgroups.V2;

internal static class Effective
{
    public static CgroupEffective Read(EffectiveReader reader)
    {
        string[] cpuMax = (reader.Text("CpuQuota", "cpu", "cpu.max") ?? "").Split(' ');
        long? weight = ControlText.Number(reader.Text("CpuWeight", "cpu", "cpu.weight"));
        long? memory = ControlText.Limit(reader.Text("MemoryMax", "memory", "memory.max"));
        long? swap = ControlText.Limit(reader.Text("MemorySwapMax", "memory", "memory.swap.max"));
        reader.Same("CpuPeriod", "CpuQuota");
        reader.Same("CpuShares", "CpuWeight");
        reader.Same("MemorySwap", "MemorySwapMax");
        return new()
        {
            CpuQuota = ControlText.Limit(cpuMax[0]),
            CpuPeriod = ControlText.Number(cpuMax[^1]),
            CpuBurst = ControlText.Number(reader.Text("CpuBurst", "cpu", "cpu.max.burst")),
            CpuWeight = weight,
            CpuShares = weight is { } value ? CgroupConversion.SharesFromWeight(value) : null,
            CpuIdle = ControlText.Number(reader.Text("CpuIdle", "cpu", "cpu.idle")) is { } idle ? idle != 0 : null,
            CpuUclampMin = reader.Text("CpuUclampMin", "cpu", "cpu.uclamp.min"),
            CpuUclampMax = reader.Text("CpuUclampMax", "cpu", "cpu.uclamp.max"),
            CpusetCpus = reader.TextOfFirst("CpusetCpus", "cpuset", "cpuset.cpus.effective"),
            CpusetMems = reader.TextOfFirst("CpusetMems", "cpuset", "cpuset.mems.effective"),
            MemoryMax = memory,
            MemoryHigh = ControlText.Limit(reader.Text("MemoryHigh", "memory", "memory.high")),
            MemoryLow = ControlText.Limit(reader.Text("MemoryLow", "memory", "memory.low")),
            MemoryMin = ControlText.Limit(reader.Text("MemoryMin", "memory", "memory.min")),
            MemorySwapMax = swap,
            MemorySwap = swap is { } swapLimit && memory is { } limit ? swapLimit + limit : null,
            MemoryOomGroup = ControlText.Number(reader.Text("MemoryOomGroup", "memory", "memory.oom.group")) is { } together
                ? together != 0
                : null,
            PidsMax = ControlText.Limit(reader.Text("PidsMax", "pids", "pids.max")),
            IoWeight = ReadIoWeight(reader),
            IoMax = ReadIoMax(reader),
            IoLatency = ReadIoLatency(reader),
            HugetlbMax = reader.Hugetlb(),
            RdmaMax = reader.Rdma(),
            Values = reader.Values,
        };
    }

    // "default 100", then a line per device. bfq's scale is v1's.
    private static long? ReadIoWeight(EffectiveReader reader)
    {
        string? text = reader.TextOfFirst("IoWeight", "io", "io.bfq.weight", "io.weight");
        long? weight = ControlText.Value(text, "default") ?? ControlText.Number(text);
        bool bfq = reader.Values["IoWeight"].File?.EndsWith("io.bfq.weight", StringComparison.Ordinal) == true;
        return bfq && weight is { } scale ? CgroupConversion.IoWeightFromBlkio(Math.Max(scale, 10)) : weight;
    }

    private static CgroupIoMax[] ReadIoMax(EffectiveReader reader) =>
        [
            .. ControlText
                .Lines(reader.Text("IoMax", "io", "io.max"))
                .Select(line => new CgroupIoMax(
                    line.Split(' ')[0],
                    Limit(line, "rbps"),
                    Limit(line, "wbps"),
                    Limit(line, "riops"),
                    Limit(line, "wiops")
                )),
        ];

    private static (string, long)[] ReadIoLatency(EffectiveReader reader) =>
        [
            .. ControlText
                .Lines(reader.Text("IoLatency", "io", "io.latency"))
                .Select(line => (line.Split(' ')[0], ControlText.Number(ControlText.Nested(line, "target")) ?? 0)),
        ];

    private static long? Limit(string line, string key) => ControlText.Limit(ControlText.Nested(line, key));
}
