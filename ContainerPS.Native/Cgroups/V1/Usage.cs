using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Cgroups.V1;

internal static class Usage
{
    public static CgroupUsage Read(ControlGroup group)
    {
        string? stat = Text(group, "memory", "memory.stat"),
            cpu = Text(group, "cpu", "cpu.stat");
        long? memory = Number(group, "memory", "memory.usage_in_bytes"),
            both = Number(group, "memory", "memory.memsw.usage_in_bytes");
        CgroupDirectory? unified = group.Host.Unified?.Directory(group.Path);
        return new()
        {
            Timestamp = DateTimeOffset.UtcNow,
            CpuUsage = Nanoseconds(Number(group, "cpuacct", "cpuacct.usage")),
            CpuUser = Nanoseconds(Number(group, "cpuacct", "cpuacct.usage_user")),
            CpuSystem = Nanoseconds(Number(group, "cpuacct", "cpuacct.usage_sys")),
            NrPeriods = ControlText.Value(cpu, "nr_periods"),
            NrThrottled = ControlText.Value(cpu, "nr_throttled"),
            ThrottledTime = Nanoseconds(ControlText.Value(cpu, "throttled_time")),
            MemoryCurrent = memory,
            MemoryWorkingSet = memory is null ? null : Math.Max(0, memory.Value - (ControlText.Value(stat, "total_inactive_file") ?? 0)),
            MemoryAnon = ControlText.Value(stat, "total_rss"),
            MemoryFile = ControlText.Value(stat, "total_cache"),
            MemoryMax = ControlText.Limit(Text(group, "memory", "memory.limit_in_bytes")),
            SwapCurrent = both is null || memory is null ? null : Math.Max(0, both.Value - memory.Value),
            Events = ReadEvents(group),
            PidsCurrent = Number(group, "pids", "pids.current"),
            PidsMax = ControlText.Limit(Text(group, "pids", "pids.max")),
            Io = ReadIo(group),
            CpuPressure = CgroupPressure.Parse(unified?.TryRead("cpu.pressure")),
            MemoryPressure = CgroupPressure.Parse(unified?.TryRead("memory.pressure")),
            IoPressure = CgroupPressure.Parse(unified?.TryRead("io.pressure")),
        };
    }

    public static CgroupEvents ReadEvents(ControlGroup group) =>
        new()
        {
            Max = Number(group, "memory", "memory.failcnt"),
            OomKill = ControlText.Value(Text(group, "memory", "memory.oom_control"), "oom_kill"),
            PidsMax = ControlText.Value(Text(group, "pids", "pids.events"), "max"),
        };

    // "254:0 Read 4096", a line per device and kind, then "Total 4096".
    private static List<CgroupIoUsage> ReadIo(ControlGroup group)
    {
        SortedDictionary<string, CgroupIoUsage> devices = new(StringComparer.Ordinal);
        foreach (string[] fields in Fields(group, "blkio.throttle.io_service_bytes_recursive"))
        {
            CgroupIoUsage usage = devices.GetValueOrDefault(fields[0]) ?? new(fields[0], 0, 0, 0, 0);
            devices[fields[0]] =
                fields[1] == "Read" ? usage with { ReadBytes = Long(fields[2]) } : usage with { WriteBytes = Long(fields[2]) };
        }

        foreach (string[] fields in Fields(group, "blkio.throttle.io_serviced_recursive"))
        {
            CgroupIoUsage usage = devices.GetValueOrDefault(fields[0]) ?? new(fields[0], 0, 0, 0, 0);
            devices[fields[0]] = fields[1] == "Read" ? usage with { ReadOps = Long(fields[2]) } : usage with { WriteOps = Long(fields[2]) };
        }

        return [.. devices.Values];
    }

    private static IEnumerable<string[]> Fields(ControlGroup group, string file) =>
        ControlText
            .Lines(Text(group, "blkio", file))
            .Select(line => line.Split(' '))
            .Where(fields => fields.Length == 3 && fields[1] is "Read" or "Write");

    private static long Long(string text) => ControlText.Number(text) ?? 0;

    private static string? Text(ControlGroup group, string controller, string file) => group.Directory(controller)?.TryRead(file);

    private static long? Number(ControlGroup group, string controller, string file) => ControlText.Number(Text(group, controller, file));

    private static TimeSpan? Nanoseconds(long? value) => value is { } nanoseconds ? TimeSpan.FromTicks(nanoseconds / 100) : null;
}
