using System.Globalization;
using ContainerPS.Native.Cgroups;

namespace ContainerPS.Engine.Containers.Limits;

/// <summary>Limits as the kernel keeps them, beside what was asked for.</summary>
internal static class LimitReport
{
    private static readonly CgroupEffective Nothing = new();

    public static CgroupLimit Compose(Container container, CgroupEffective? read)
    {
        CgroupEffective effective = read ?? Nothing;
        CgroupLimitRequest requested = container.Limits;
        return new CgroupLimit
        {
            Id = container.Id,
            Name = container.Name,
            Cpus = CpusOf(effective),
            CpuQuota = effective.CpuQuota,
            CpuPeriod = effective.CpuPeriod,
            CpuBurst = effective.CpuBurst,
            CpuWeight = (int?)effective.CpuWeight,
            CpuShares = effective.CpuShares,
            CpuIdle = effective.CpuIdle,
            CpuUclampMin = effective.CpuUclampMin,
            CpuUclampMax = effective.CpuUclampMax,
            CpusetCpus = effective.CpusetCpus,
            CpusetMems = effective.CpusetMems,
            MemoryMax = effective.MemoryMax,
            MemoryHigh = effective.MemoryHigh,
            MemoryLow = effective.MemoryLow,
            MemoryMin = effective.MemoryMin,
            MemorySwapMax = effective.MemorySwapMax,
            MemorySwap = effective.MemorySwap,
            MemoryOomGroup = effective.MemoryOomGroup,
            PidsMax = effective.PidsMax,
            IoWeight = (int?)effective.IoWeight,
            IoMax =
            [
                .. effective.IoMax.Select(io => new IoLimit
                {
                    Device = io.Device,
                    ReadBps = io.ReadBps,
                    WriteBps = io.WriteBps,
                    ReadIops = io.ReadIops,
                    WriteIops = io.WriteIops,
                }),
            ],
            IoLatency = [.. effective.IoLatency.Select(io => new IoLatency(io.Device, TimeSpan.FromMicroseconds(io.TargetMicroseconds)))],
            HugetlbMax = [.. effective.HugetlbMax.Select(page => new HugetlbLimit(page.PageSize, page.Limit))],
            Unified = UnifiedOf(requested, effective),
            Requested = requested,
            Details = Details(requested, effective),
        };
    }

    private static decimal? CpusOf(CgroupEffective effective) =>
        effective is { CpuQuota: { } quota, CpuPeriod: > 0 and var period } ? (decimal)quota / period : null;

    private static SortedDictionary<string, CgroupLimitDetail> Details(CgroupLimitRequest requested, CgroupEffective effective)
    {
        Dictionary<string, string> asked = Texts(requested);
        var details = new SortedDictionary<string, CgroupLimitDetail>(StringComparer.OrdinalIgnoreCase);
        foreach ((string? name, CgroupValue? value) in effective.Values)
        {
            details[name] = new CgroupLimitDetail
            {
                Name = name,
                Requested = asked.GetValueOrDefault(name),
                Effective = value.Text,
                Controller = value.Controller,
                File = value.File,
                Supported = value.IsSupported,
                Reason = value.Reason,
            };
        }

        // Cpus is no file of its own: a quota and its period, in one number.
        if (details.TryGetValue(nameof(CgroupLimit.CpuQuota), out CgroupLimitDetail? quota))
        {
            string? cpus = CpusOf(effective)?.ToString(CultureInfo.InvariantCulture);
            details[nameof(CgroupLimit.Cpus)] = quota with
            {
                Name = nameof(CgroupLimit.Cpus),
                Requested = asked.GetValueOrDefault(nameof(CgroupLimit.Cpus)),
                Effective = cpus ?? quota.Effective,
            };
        }

        foreach ((string? name, string? text) in asked)
        {
            if (!details.ContainsKey(name))
            {
                details[name] = new CgroupLimitDetail
                {
                    Name = name,
                    Requested = text,
                    Supported = true,
                    Reason = effective.Values.Count == 0 ? "The container is not running." : null,
                };
            }
        }

        return details;
    }

    private static SortedDictionary<string, string> UnifiedOf(CgroupLimitRequest requested, CgroupEffective effective)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string file in requested.Unified?.Keys ?? [])
        {
            if (effective.Values.GetValueOrDefault("Unified:" + file)?.Text is { } text)
            {
                values[file] = text;
            }
        }

        return values;
    }

    /// <summary>The members that are asked for, by name, as text.</summary>
    private static Dictionary<string, string> Texts(CgroupLimitRequest request)
    {
        var texts = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        void Add(string name, object? value)
        {
            if (value is not null)
            {
                texts[name] = Convert.ToString(value, CultureInfo.InvariantCulture)!;
            }
        }

        void AddList<T>(string name, IReadOnlyList<T>? values)
        {
            if (values is { Count: > 0 })
            {
                texts[name] = string.Join(", ", values);
            }
        }

        Add(nameof(request.Cpus), request.Cpus);
        Add(nameof(request.CpuQuota), request.CpuQuota);
        Add(nameof(request.CpuPeriod), request.CpuPeriod);
        Add(nameof(request.CpuBurst), request.CpuBurst);
        Add(nameof(request.CpuWeight), request.CpuWeight);
        Add(nameof(request.CpuShares), request.CpuShares);
        Add(nameof(request.CpuIdle), request.CpuIdle);
        Add(nameof(request.CpuUclampMin), request.CpuUclampMin);
        Add(nameof(request.CpuUclampMax), request.CpuUclampMax);
        Add(nameof(request.CpusetCpus), request.CpusetCpus);
        Add(nameof(request.CpusetMems), request.CpusetMems);
        Add(nameof(request.MemoryMax), request.MemoryMax);
        Add(nameof(request.MemoryHigh), request.MemoryHigh);
        Add(nameof(request.MemoryLow), request.MemoryLow);
        Add(nameof(request.MemoryMin), request.MemoryMin);
        Add(nameof(request.MemorySwapMax), request.MemorySwapMax);
        Add(nameof(request.MemorySwap), request.MemorySwap);
        Add(nameof(request.MemoryOomGroup), request.MemoryOomGroup);
        Add(nameof(request.PidsMax), request.PidsMax);
        Add(nameof(request.IoWeight), request.IoWeight);
        AddList(nameof(request.IoMax), request.IoMax);
        AddList(nameof(request.IoLatency), request.IoLatency);
        AddList(nameof(request.HugetlbMax), request.HugetlbMax);
        return texts;
    }
}
