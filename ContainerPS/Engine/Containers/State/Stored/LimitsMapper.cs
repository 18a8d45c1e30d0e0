namespace ContainerPS.Engine.Containers.State.Stored;

/// <summary>Between limits as they are stored and as they are asked for.</summary>
internal static class LimitsMapper
{
    /// <summary>Schema 1 wrote what it could have computed.</summary>
    private const string Computed = "isEmpty";

    public static CgroupLimitRequest ToRequest(StoredLimits? stored)
    {
        if (stored is null)
        {
            return new CgroupLimitRequest();
        }

        return new CgroupLimitRequest
        {
            Cpus = stored.Cpus,
            CpuQuota = stored.CpuQuota,
            CpuPeriod = stored.CpuPeriod,
            CpuBurst = stored.CpuBurst,
            CpuWeight = stored.CpuWeight,
            CpuShares = stored.CpuShares,
            CpuIdle = stored.CpuIdle,
            CpuUclampMin = stored.CpuUclampMin,
            CpuUclampMax = stored.CpuUclampMax,
            CpusetCpus = stored.CpusetCpus,
            CpusetMems = stored.CpusetMems,
            MemoryMax = stored.MemoryMax,
            MemoryHigh = stored.MemoryHigh,
            MemoryLow = stored.MemoryLow,
            MemoryMin = stored.MemoryMin,
            MemorySwapMax = stored.MemorySwapMax,
            MemorySwap = stored.MemorySwap,
            MemoryOomGroup = stored.MemoryOomGroup,
            PidsMax = stored.PidsMax,
            IoWeight = stored.IoWeight,
            IoMax = List(stored.IoMax, "limits.ioMax", ToLimit),
            IoLatency = List(stored.IoLatency, "limits.ioLatency", latency => new IoLatency(latency.Device, latency.Target)),
            HugetlbMax = List(stored.HugetlbMax, "limits.hugetlbMax", limit => new HugetlbLimit(limit.PageSize, limit.Limit)),
            Unified = stored.Unified,
        };
    }

    /// <param name="request">What is stored.</param>
    /// <param name="before">What it replaces, with what a newer version wrote in it.</param>
    /// <returns>Null where there is nothing to say.</returns>
    public static StoredLimits? ToStored(CgroupLimitRequest request, StoredLimits? before)
    {
        before?.Kept?.Remove(Computed);
        if (request.IsEmpty && before?.Kept is not { Count: > 0 })
        {
            return null;
        }

        return new StoredLimits
        {
            Cpus = request.Cpus,
            CpuQuota = request.CpuQuota,
            CpuPeriod = request.CpuPeriod,
            CpuBurst = request.CpuBurst,
            CpuWeight = request.CpuWeight,
            CpuShares = request.CpuShares,
            CpuIdle = request.CpuIdle,
            CpuUclampMin = request.CpuUclampMin,
            CpuUclampMax = request.CpuUclampMax,
            CpusetCpus = request.CpusetCpus,
            CpusetMems = request.CpusetMems,
            MemoryMax = request.MemoryMax,
            MemoryHigh = request.MemoryHigh,
            MemoryLow = request.MemoryLow,
            MemoryMin = request.MemoryMin,
            MemorySwapMax = request.MemorySwapMax,
            MemorySwap = request.MemorySwap,
            MemoryOomGroup = request.MemoryOomGroup,
            PidsMax = request.PidsMax,
            IoWeight = request.IoWeight,
            IoMax = List(request.IoMax, "limits.ioMax", limit => ToStored(limit, before)),
            IoLatency = List(
                request.IoLatency,
                "limits.ioLatency",
                latency => new StoredIoLatency
                {
                    Device = latency.Device,
                    Target = latency.Target,
                    Kept = ContainerMapper.KeptOf(before?.IoLatency, other => other.Device == latency.Device),
                }
            ),
            HugetlbMax = List(
                request.HugetlbMax,
                "limits.hugetlbMax",
                limit => new StoredHugetlbLimit
                {
                    PageSize = limit.PageSize,
                    Limit = limit.Limit,
                    Kept = ContainerMapper.KeptOf(before?.HugetlbMax, other => other.PageSize == limit.PageSize),
                }
            ),
            Unified = request.Unified,
            Kept = before?.Kept,
        };
    }

    private static IoLimit ToLimit(StoredIoLimit stored) =>
        new()
        {
            Device = stored.Device,
            ReadBps = stored.ReadBps,
            WriteBps = stored.WriteBps,
            ReadIops = stored.ReadIops,
            WriteIops = stored.WriteIops,
        };

    private static StoredIoLimit ToStored(IoLimit limit, StoredLimits? before) =>
        new()
        {
            Device = limit.Device,
            ReadBps = limit.ReadBps,
            WriteBps = limit.WriteBps,
            ReadIops = limit.ReadIops,
            WriteIops = limit.WriteIops,
            Kept = ContainerMapper.KeptOf(before?.IoMax, other => other.Device == limit.Device),
        };

    private static IReadOnlyList<TTo>? List<TFrom, TTo>(IReadOnlyList<TFrom>? items, string member, Func<TFrom, TTo> map)
        where TFrom : class => items is null ? null : [.. ContainerMapper.Items(items, member).Select(map)];
}
