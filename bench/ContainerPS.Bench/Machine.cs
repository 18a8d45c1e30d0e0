using System.Globalization;

namespace ContainerPS.Bench;

/// <summary>What a reader must know about the machine to judge the figures.</summary>
public static class Machine
{
    /// <summary>Load average of the last minute.</summary>
    public static double Load => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);

    public static string Kernel => File.ReadAllText("/proc/sys/kernel/osrelease").Trim();

    public static string Description => $"Linux {Kernel}, {Environment.ProcessorCount} cores, .NET {Environment.Version}, load {Load.ToString("0.00", CultureInfo.InvariantCulture)}";
}
