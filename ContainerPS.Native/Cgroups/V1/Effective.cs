namespace ContainerPS.Native.Cgroups.V1;

internal static class Effective
{
    private const string OnlyV2 = "cgroup v1 has no such limit. Boot with systemd.unified_cgroup_hierarchy=1.";

    public static CgroupEffective Read(ControlGroup group, EffectiveReader reader)
    {
        long? quota = ControlText.Limit(reader.Text("CpuQuota", "cpu", "cpu.cfs_quota_us"));
        long? shares = ControlText.Number(reader.Text("CpuShares", "cpu", "cpu.shares"));
        long? memory = ControlText.Limit(reader.Text("MemoryMax", "memory", "memory.limit_in_bytes"));
        long? total = ControlText.Limit(reader.Text("MemorySwap", "memory", "memory.memsw.limit_in_bytes"));
        long? weight = ControlText.Number(LastWord(reader.TextOfFirst("IoWeight", "blkio", "blkio.bfq.weight", "blkio.weight")));
        reader.Same("CpuWeight", "CpuShares");
        reader.Same("MemorySwapMax", "MemorySwap");
        foreach (string name in (string[])["CpuUclampMin", "CpuUclampMax", "MemoryHigh", "MemoryMin", "MemoryOomGroup", "IoLatency"])
        {
            reader.Missing(name, OnlyV2);
        }

        return new()
        {
            CpuQuota = quota,
            CpuPeriod = ControlText.Number(reader.Text("CpuPeriod", "cpu", "cpu.cfs_period_us")),
            CpuBurst = ControlText.Number(reader.Text("CpuBurst", "cpu", "cpu.cfs_burst_us")),
            CpuShares = shares,
            CpuWeight = shares is { } value ? CgroupConversion.WeightFromShares((ulong)value) : null,
            CpuIdle = ControlText.Number(reader.Text("CpuIdle", "cpu", "cpu.idle")) is { } idle ? idle != 0 : null,
            CpusetCpus = reader.TextOfFirst("CpusetCpus", "cpuset", "cpuset.effective_cpus", "cpuset.cpus"),
            CpusetMems = reader.TextOfFirst("CpusetMems", "cpuset", "cpuset.effective_mems", "cpuset.mems"),
            MemoryMax = memory,
            MemoryLow = ControlText.Limit(reader.Text("MemoryLow", "memory", "memory.soft_limit_in_bytes")),
            MemorySwap = total,
            MemorySwapMax = total is { } sum && memory is { } limit ? sum - limit : null,
            PidsMax = ControlText.Limit(reader.Text("PidsMax", "pids", "pids.max")),
            IoWeight = weight is { } blkio ? CgroupConversion.IoWeightFromBlkio(Math.Max(blkio, 10)) : null,
            IoMax = ReadIoMax(group, reader),
            HugetlbMax = reader.Hugetlb(),
            RdmaMax = reader.Rdma(),
            Values = reader.Values,
        };
    }

    private static List<CgroupIoMax> ReadIoMax(ControlGroup group, EffectiveReader reader)
    {
        reader.Text("IoMax", "blkio", "blkio.throttle.read_bps_device");
        SortedDictionary<string, CgroupIoMax> devices = new(StringComparer.Ordinal);
        Merge(devices, group, "read_bps", (max, rate) => max with { ReadBps = rate });
        Merge(devices, group, "write_bps", (max, rate) => max with { WriteBps = rate });
        Merge(devices, group, "read_iops", (max, rate) => max with { ReadIops = rate });
        Merge(devices, group, "write_iops", (max, rate) => max with { WriteIops = rate });
        return [.. devices.Values];
    }

    private static void Merge(
        SortedDictionary<string, CgroupIoMax> devices,
        ControlGroup group,
        string kind,
        Func<CgroupIoMax, long?, CgroupIoMax> with
    )
    {
        foreach (string line in ControlText.Lines(group.Directory("blkio")?.TryRead($"blkio.throttle.{kind}_device")))
        {
            string[] fields = line.Split(' ');
            devices[fields[0]] = with(
                devices.GetValueOrDefault(fields[0]) ?? new(fields[0], null, null, null, null),
                ControlText.Number(fields[^1])
            );
        }
    }

    // Read back as "default 100" by some kernels, as "100" by others.
    private static string? LastWord(string? text) => ControlText.Lines(text).FirstOrDefault()?.Split(' ')[^1];
}
