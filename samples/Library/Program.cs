// The engine as a C# library: a container from the host's own root, copy-on-write, with limits. Run it as root:
//
//   sudo dotnet run --project samples/Library
//
// Whatever the container writes goes into a layer of its own and is gone with it; the host's files stay as they are.

using ContainerPS;
using ContainerPS.Engine;

const int MiB = 1024 * 1024;

// The store is the engine's usual one, /var/lib/containerps, unless CONTAINERPS_ROOT and CONTAINERPS_RUNROOT say otherwise.
var engine = ContainerEngine.Open();
var definition = new ContainerDefinition
{
    RootFs = "/",
    Hostname = "first",
    // It is ended and removed also when this program is killed.
    Lifetime = ContainerLifetime.Session,
    Command =
    [
        "/bin/sh",
        "-c",
        """
            echo "I am process $$ on $(hostname), as $(id -un)"
            echo "the host's root has $(ls / | wc -l) entries; I write into it" > /only-in-the-container
            cat /only-in-the-container
            i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done
            echo "that was some work" >&2
            sleep 1
            exit 3
            """,
    ],
    Limits = new CgroupLimitRequest
    {
        MemoryMax = 64 * MiB,
        Cpus = 0.5m,
        PidsMax = 50,
    },
};

try
{
    return Show(engine.Containers.Create(definition));
}
catch (EngineException failure)
{
    Console.Error.WriteLine($"{failure.ErrorId}: {failure.Message}");
    return 125;
}

int Show(Container container)
{
    try
    {
        engine.Containers.Start(container);
        Console.WriteLine($"{container.Name} ({container.ShortId}) is {container.State}, process {container.Pid} on the host");

        Console.WriteLine("\nlimit        requested    effective    file");
        CgroupLimit limit = engine.Containers.GetLimit(container);
        foreach (string? name in new[] { "MemoryMax", "Cpus", "PidsMax" })
        {
            ShowLimit(limit, name);
        }

        Console.WriteLine("\nlog");
        foreach (ContainerLogRecord? record in engine.Containers.ReadLog(container, new LogQuery { Follow = true }).Take(3))
        {
            Console.WriteLine($"  {record.Time:HH:mm:ss.fff} {record.Stream, -6} {record.Message}");
        }

        ShowStatistics(engine.Containers.Measure(container));

        ExitStatus exit = engine.Containers.Wait(container);
        Console.WriteLine(
            $"\nexit code {exit.ExitCode} at {exit.FinishedAt:HH:mm:ss.fff}; on the host the file it wrote "
                + $"{(File.Exists("/only-in-the-container") ? "exists" : "does not exist")}"
        );
        return exit.ExitCode == 3 ? 0 : 1;
    }
    finally
    {
        engine.Containers.Remove(container, force: true);
    }
}

static void ShowLimit(CgroupLimit limit, string name)
{
    CgroupLimitDetail detail = limit.Details[name];
    Console.WriteLine($"{name, -12} {detail.Requested, -12} {detail.Effective, -12} {detail.File}");
}

static void ShowStatistics(ContainerStats stats)
{
    Console.WriteLine("\nstatistics");
    Console.WriteLine($"  CPU     {stats.CpuUsage.TotalMilliseconds:F1} ms, {stats.NrThrottled} of {stats.NrPeriods} periods throttled");
    Console.WriteLine($"  memory  {stats.MemoryCurrent / (double)MiB:F1} MiB of {stats.MemoryMax / (double)MiB:F0} MiB");
    Console.WriteLine($"  tasks   {stats.PidsCurrent} of {stats.PidsMax}");
}
