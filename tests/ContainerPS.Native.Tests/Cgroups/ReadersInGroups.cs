using System.Diagnostics;
using ContainerPS.Native.Cgroups;

namespace ContainerPS.Native.Tests.Cgroups;

/// <summary>Two groups that read from one disk without end: what each gets, by the kernel's counters, while both do.</summary>
internal static class ReadersInGroups
{
    private const long Enough = 16 << 20;
    private const int Turns = 8;

    private static readonly TimeSpan ManySlices = TimeSpan.FromSeconds(1);

    /// <summary>
    /// What the strong one got, beside the weak one. Weights act where both have requests queued; readers that wait for a processor have
    /// none, so on a busy machine it takes more than one turn to see it. Weights that do not act are not seen in any: without them both get
    /// the same.
    /// </summary>
    public static (long Strong, long Weak) Compete(Cgroup strong, Cgroup weak, string path, string device)
    {
        for (int turn = 1; ; turn++)
        {
            (long Strong, long Weak) read = CompeteOnce(strong, weak, path, device);
            if (read.Strong > 2 * read.Weak || turn == Turns)
            {
                return read;
            }
        }
    }

    private static (long Strong, long Weak) CompeteOnce(Cgroup strong, Cgroup weak, string path, string device)
    {
        using Process one = Begin(weak, path),
            two = Begin(strong, path);
        long weakBefore = Read(weak, device),
            strongBefore = Read(strong, device);
        var clock = Stopwatch.StartNew();

        // The scheduler gives each group time: many of its slices, which are tenths of a second, and many blocks.
        Eventually.Sees(
            () => (clock.Elapsed, Bytes: Read(weak, device) + Read(strong, device) - weakBefore - strongBefore),
            read => read.Elapsed >= ManySlices && read.Bytes >= Enough,
            $"{Enough} bytes read by both together"
        );
        (long, long) read = (Read(strong, device) - strongBefore, Read(weak, device) - weakBefore);
        strong.Kill();
        weak.Kill();
        one.WaitForExit();
        two.WaitForExit();
        return read;
    }

    // Several readers a group: one alone would have nothing queued when its turn comes.
    private static Process Begin(Cgroup group, string path)
    {
        Process process = Probe.Start(group, "readall", "3", path);
        for (int ready = 0; ready < 4; ready++)
        {
            Assert.Equal("ready", process.StandardOutput.ReadLine());
        }

        return process;
    }

    private static long Read(Cgroup group, string device) => group.ReadUsage().Io.FirstOrDefault(io => io.Device == device)?.ReadBytes ?? 0;
}
