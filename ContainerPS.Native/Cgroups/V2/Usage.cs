namespace ContainerPS.Native.Cgroups.V2;

internal static class Usage
{
    public static CgroupUsage Read(ControlGroup group)
    {
        CgroupDirectory main = group.Main;
        string? cpu = main.TryRead("cpu.stat"),
            stat = main.TryRead("memory.stat");
        long? memory = ControlText.Number(main.TryRead("memory.current"));
        return new()
        {
            Timestamp = DateTimeOffset.UtcNow,
            CpuUsage = Microseconds(ControlText.Value(cpu, "usage_usec")),
            CpuUser = Microseconds(ControlText.Value(cpu, "user_usec")),
            CpuSystem = Microseconds(ControlText.Value(cpu, "system_usec")),
            NrPeriods = ControlText.Value(cpu, "nr_periods"),
            NrThrottled = ControlText.Value(cpu, "nr_throttled"),
            ThrottledTime = Microseconds(ControlText.Value(cpu, "throttled_usec")),
            MemoryCurrent = memory,
            MemoryWorkingSet = memory is null ? null : Math.Max(0, memory.Value - (ControlText.Value(stat, "inactive_file") ?? 0)),
            MemoryAnon = ControlText.Value(stat, "anon"),
            MemoryFile = ControlText.Value(stat, "file"),
            MemoryMax = ControlText.Limit(main.TryRead("memory.max")),
            SwapCurrent = ControlText.Number(main.TryRead("memory.swap.current")),
            Events = ReadEvents(group),
            PidsCurrent = ControlText.Number(main.TryRead("pids.current")),
            PidsMax = ControlText.Limit(main.TryRead("pids.max")),
            Io = ReadIo(main),
            CpuPressure = CgroupPressure.Parse(main.TryRead("cpu.pressure")),
            MemoryPressure = CgroupPressure.Parse(main.TryRead("memory.pressure")),
            IoPressure = CgroupPressure.Parse(main.TryRead("io.pressure")),
        };
    }

    public static CgroupEvents ReadEvents(ControlGroup group)
    {
        string? memory = group.Main.TryRead("memory.events");
        return new()
        {
            Low = ControlText.Value(memory, "low"),
            High = ControlText.Value(memory, "high"),
            Max = ControlText.Value(memory, "max"),
            Oom = ControlText.Value(memory, "oom"),
            OomKill = ControlText.Value(memory, "oom_kill"),
            PidsMax = ControlText.Value(group.Main.TryRead("pids.events"), "max"),
        };
    }

    // "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0"
    private static CgroupIoUsage[] ReadIo(CgroupDirectory main) =>
        [
            .. ControlText
                .Lines(main.TryRead("io.stat"))
                .Where(line => line.Contains("rbytes=", StringComparison.Ordinal))
                .Select(line => new CgroupIoUsage(
                    line.Split(' ')[0],
                    Number(line, "rbytes"),
                    Number(line, "wbytes"),
                    Number(line, "rios"),
                    Number(line, "wios")
                )),
        ];

    private static long Number(string line, string key) => ControlText.Number(ControlText.Nested(line, key)) ?? 0;

    private static TimeSpan? Microseconds(long? value) => value is { } microseconds ? TimeSpan.FromTicks(microseconds * 10) : null;
}
