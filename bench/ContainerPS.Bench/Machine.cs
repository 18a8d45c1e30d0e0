using System.Globalization;

namespace ContainerPS.Bench;

/// <summary>What a reader must know about the machine to judge the figures.</summary>
public static class Machine
{
    /// <summary>Load average of the last minute.</summary>
    public static double Load => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);

    public static string Kernel => File.ReadAllText("/proc/sys/kernel/osrelease").Trim();

    public static string Description =>
        $"Linux {Kernel}, {Environment.ProcessorCount} cores, .NET {Environment.Version}, "
        + $"load {Load.ToString("0.00", CultureInfo.InvariantCulture)}";

    /// <summary>
    /// Returns once all processors together were idle for as long as asked, but for a twentieth; podman's clean-up process goes on long
    /// after `podman run` has ended. Gives up after 5 s: then the machine is not quiet, which the load shows.
    /// </summary>
    public static void AwaitIdle(TimeSpan window)
    {
        long giveUp = Environment.TickCount64 + 5000;
        do
        {
            long before = BusyTicks;
            Thread.Sleep(window);
            double busy = (BusyTicks - before) / TicksPerSecond / Environment.ProcessorCount;
            if (busy <= window.TotalSeconds / 20)
            {
                return;
            }
        } while (Environment.TickCount64 < giveUp);
    }

    /// <summary>USER_HZ, the unit of /proc/stat: 100 on every architecture that Linux runs .NET on.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>User, nice, system, irq, softirq and steal of all processors (proc_stat(5)); neither idle nor waiting for a disk.</summary>
    private static long BusyTicks =>
        File.ReadLines("/proc/stat")
            .First()
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select((text, index) => index is 0 or 4 or 5 or > 8 ? 0 : long.Parse(text, CultureInfo.InvariantCulture))
            .Sum();
}
