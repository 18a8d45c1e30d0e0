using System.Globalization;
using ContainerPS.Engine.Containers.Limits;
using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Cgroups;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>Statistics of running containers.</summary>
internal sealed class Measuring(ContainerContext context)
{
    /// <summary>
    /// What a running container has used by now. Two samples give the CPU percentage between them (<see cref="ContainerStats.Since"/>).
    /// </summary>
    public ContainerStats Measure(Container container)
    {
        ArgumentNullException.ThrowIfNull(container);
        StateRecord state = container.View.Current;
        if (!state.IsAlive)
        {
            throw StateErrors.NotRunning(container, "measured");
        }

        CgroupUsage usage = CgroupFailures.Translate(container.Name, () => context.CgroupOf(container).ReadUsage());
        TimeSpan cpu = usage.CpuUsage ?? TimeSpan.Zero;
        TimeSpan interval = usage.Timestamp - (state.StartedAt ?? usage.Timestamp);
        return new ContainerStats
        {
            Id = container.Id,
            Name = container.Name,
            Timestamp = usage.Timestamp,
            Interval = interval,
            CpuPercent = interval > TimeSpan.Zero ? 100.0 * (cpu / interval) : 0,
            CpuUsage = cpu,
            CpuUser = usage.CpuUser,
            CpuSystem = usage.CpuSystem,
            NrPeriods = usage.NrPeriods,
            NrThrottled = usage.NrThrottled,
            ThrottledTime = usage.ThrottledTime,
            MemoryCurrent = usage.MemoryCurrent,
            MemoryWorkingSet = usage.MemoryWorkingSet,
            MemoryAnon = usage.MemoryAnon,
            MemoryFile = usage.MemoryFile,
            MemoryMax = usage.MemoryMax,
            MemoryPercent = 100.0 * usage.MemoryWorkingSet / Math.Min(usage.MemoryMax ?? long.MaxValue, HostFacts.MemoryBytes),
            SwapCurrent = usage.SwapCurrent,
            MemoryEvents = new MemoryEventCounts(
                usage.Events.Low,
                usage.Events.High,
                usage.Events.Max,
                usage.Events.Oom,
                usage.Events.OomKill
            ),
            PidsCurrent = usage.PidsCurrent,
            PidsMax = usage.PidsMax,
            Io = [.. usage.Io.Select(io => new IoCounts(io.Device, io.ReadBytes, io.WriteBytes, io.ReadOps, io.WriteOps))],
            Network = NetworkOf(state.Pid),
            Pressure = PressureOf(usage),
        };
    }

    private static PressureStats? PressureOf(CgroupUsage usage) =>
        usage is { CpuPressure: null, MemoryPressure: null, IoPressure: null }
            ? null
            : new PressureStats(Convert(usage.CpuPressure), Convert(usage.MemoryPressure), Convert(usage.IoPressure));

    private static ResourcePressure? Convert(CgroupPressure? pressure) =>
        pressure is null ? null : new ResourcePressure(Convert(pressure.Some)!, Convert(pressure.Full));

    private static PressureAverages? Convert(CgroupPressureLine? line) =>
        line is null ? null : new PressureAverages(line.Avg10, line.Avg60, line.Avg300, line.Total);

    /// <summary>The interfaces of the container's network namespace (man 5 proc, /proc/PID/net/dev); none when it has just ended.</summary>
    private static IReadOnlyList<NetworkCounts> NetworkOf(int pid)
    {
        byte[]? text = ContainerDocuments.TryRead(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/net/dev"));
        if (text is null)
        {
            return [];
        }

        return [.. System.Text.Encoding.UTF8.GetString(text).Split('\n').Skip(2).Select(ParseInterface).OfType<NetworkCounts>()];
    }

    private static NetworkCounts? ParseInterface(string line)
    {
        int colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            return null;
        }

        long[] values = line[(colon + 1)..]
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(field => long.Parse(field, CultureInfo.InvariantCulture))
            .ToArray();
        return values.Length < 12
            ? null
            : new NetworkCounts
            {
                Interface = line[..colon].Trim(),
                RxBytes = values[0],
                RxPackets = values[1],
                RxErrors = values[2],
                RxDropped = values[3],
                TxBytes = values[8],
                TxPackets = values[9],
                TxErrors = values[10],
                TxDropped = values[11],
            };
    }
}
