using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Tests;

[CollectionDefinition(nameof(ShimStressTests), DisableParallelization = true)]
public sealed class ShimStress;

/// <summary>
/// Many starts from a busy runtime, and monitors that are killed. What a fork in this process would do: hang or die in some of them.
/// </summary>
public abstract class ShimStressTests(bool sharesMemory)
{
    private const int Starts = 500;
    private const int KilledStarts = 100;

    [SkippableFact]
    public void Five_hundred_starts_from_a_process_that_collects_garbage_all_the_time_are_right()
    {
        ShimPlans.RequireRoot();
        Start(0);
        int descriptors = OpenDescriptors();
        using var stop = new CancellationTokenSource();
        Thread[] collectors = [.. Enumerable.Range(0, 2).Select(_ => new Thread(() => CollectUntil(stop.Token)))];
        Array.ForEach(collectors, thread => thread.Start());
        try
        {
            for (int i = 0; i < Starts; i++)
            {
                Assert.Equal(i % 200, Start(i % 200));
            }
        }
        finally
        {
            stop.Cancel();
            Array.ForEach(collectors, thread => thread.Join());
        }

        // Some slack for what the runtime itself opens meanwhile; a leak would be hundreds.
        Assert.InRange(OpenDescriptors(), 0, descriptors + 20);
        Assert.DoesNotContain(Children(), ProcessState.IsZombie);
    }

    [SkippableFact]
    public void Killed_monitors_take_no_container_along_and_lose_no_line()
    {
        ShimPlans.RequireRoot();
        const int count = 10;
        var plans = new List<ShimPlans>();
        try
        {
            string gate = "/tmp/containerps-gate-" + Guid.NewGuid().ToString("N");
            List<(ShimPlans Plans, PlanStatus Started)> running = [];
            for (int i = 0; i < count; i++)
            {
                plans.Add(new ShimPlans(sharesMemory));
                string script =
                    $"for i in 1 2 3 4 5 6; do echo line$i; sleep 0.05; done; : > {Written(plans[i])}; "
                    + $"while [ ! -e {gate} ]; do sleep 0.05; done; echo last; exit 4";
                using var shim = ShimProcess.Start(plans[i].Service(["/bin/sh", "-c", script]).Build(), "test");
                running.Add((plans[i], shim.ReceiveStart()));
            }

            foreach ((_, PlanStatus started) in running)
            {
                kill(started.MonitorPid, 9);
            }

            // Each goes on to its last line but one after the end of its monitor, and still waits for the gate then.
            foreach ((ShimPlans own, PlanStatus started) in running)
            {
                Eventually.True(() => !ProcessState.IsAlive(started.MonitorPid), "the end of the monitor");
                Eventually.True(() => File.Exists(Written(own)), "the sixth line of a container without a monitor");
                Assert.True(ProcessState.IsAlive(started.Pid));
            }

            List<ShimProcess> adopted = running.ConvertAll(Adopt);
            File.WriteAllText(gate, "");
            for (int i = 0; i < count; i++)
            {
                Assert.Equal(PlanStatusKind.Exited, adopted[i].Receive()!.Value.Kind);
                adopted[i].Dispose();
                // The time of a line is its first word; then stream and fullness.
                Assert.Equal(
                    [.. Enumerable.Range(1, 6).Select(number => $"line{number}"), "last"],
                    File.ReadAllLines(plans[i].LogPath).Select(line => line.Split(' ', 4)[3])
                );
            }

            File.Delete(gate);
        }
        finally
        {
            plans.ForEach(own => own.Dispose());
        }
    }

    private static string Written(ShimPlans plans) => Path.Combine(plans.Directory, "written");

    [SkippableFact]
    public void A_shim_that_is_killed_during_the_start_takes_the_child_along()
    {
        ShimPlans.RequireRoot();

        // The kill comes as early as a clone can be seen, before the child has asked the kernel for its end in some of the rounds, or a
        // little later.
        for (int i = 0; i < KilledStarts; i++)
        {
            AssertProcessEndsWithItsShim(PlanTrackName.Child, later: i % 2 * i);
        }
    }

    [SkippableFact]
    public void A_shim_that_is_killed_takes_the_helper_along()
    {
        ShimPlans.RequireRoot();
        for (int i = 0; i < KilledStarts; i++)
        {
            AssertProcessEndsWithItsShim(PlanTrackName.Helper, later: i % 2 * i);
        }
    }

    private void AssertProcessEndsWithItsShim(PlanTrackName track, int later)
    {
        using var plans = new ShimPlans();
        string note = Path.Combine(plans.Directory, "pid");
        PlanBuilder plan = new(PlanMode.Exec);
        PlanValue self = plan.Parent.CallInto("asking for the own pid", SystemCall.getpid, []);
        plan.Parent.WriteFile("telling the pid", PlanValue.CurrentDirectory, note, "\u0001\n", self, openFlags: O_WRONLY | O_CREAT);
        plan.Parent.Clone("making the process", track, 0);
        plan.Parent.Call("waiting for long", SystemCall.nanosleep, [plan.Words("an hour", 3600, 0), 0]);
        if (track == PlanTrackName.Child)
        {
            plan.Child.Call("waiting for long", SystemCall.nanosleep, [plan.Words("an hour", 3600, 0), 0]);
        }

        using var shim = ShimProcess.Start(ShimPlans.WithMemory(plan, sharesMemory && track == PlanTrackName.Child).Build(), "test");
        Eventually.True(() => File.Exists(note) && File.ReadAllText(note).Contains('\n', StringComparison.Ordinal), "the shim's pid");
        int parent = int.Parse(File.ReadAllText(note), null);
        int child = Eventually.Sees(() => ChildOf(parent), pid => pid > 0, "a child of the shim");
        RandomMoments.Pass(TimeSpan.FromMicroseconds(5 * later));
        kill(parent, 9);
        try
        {
            Eventually.True(() => !ProcessState.IsAlive(child), $"the end of {child} with its shim, {5 * later} microseconds old");
        }
        catch
        {
            kill(child, 9);
            throw;
        }

        Assert.Null(shim.Receive());
    }

    private static int ChildOf(int pid) =>
        File.ReadAllText($"/proc/{pid}/task/{pid}/children").Split(' ') is [{ Length: > 0 } first, ..] ? int.Parse(first, null) : 0;

    private static ShimProcess Adopt((ShimPlans Plans, PlanStatus Started) orphan)
    {
        using var pidfd = new FileDescriptor((int)syscall(434, orphan.Started.Pid, 0, 0, 0, 0, 0));
        var adopting = ShimProcess.Start(orphan.Plans.Adoption(pidfd, orphan.Started).Build(), "test");
        adopting.ReceiveStart();
        return adopting;
    }

    private int Start(int code)
    {
        using var shim = ShimProcess.Start(ShimPlans.Exec(sharesMemory, "/bin/sh", "-c", $"exit {code}").Build(), "test");
        shim.ReceiveStart();
        return shim.Receive()!.Value.Code;
    }

    private static void CollectUntil(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            GC.KeepAlive(Enumerable.Range(0, 1000).Select(i => new byte[i]).ToList());
            GC.Collect(0, GCCollectionMode.Forced, blocking: true);
        }
    }

    private static int OpenDescriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;

    /// <summary>Of all threads; field 4 of stat is the parent.</summary>
    private static IEnumerable<int> Children() =>
        Directory
            .GetDirectories("/proc")
            .Select(Path.GetFileName)
            .Where(name => char.IsAsciiDigit(name![0]))
            .Select(name => int.Parse(name!, null))
            .Where(pid => ParentOf(pid) == Environment.ProcessId);

    private static int ParentOf(int pid)
    {
        try
        {
            return int.Parse(File.ReadAllText($"/proc/{pid}/stat").Split(')')[^1].Split(' ')[2], null);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}

[Collection(nameof(ShimStressTests))]
public sealed class ShimStressTestsOfCopies() : ShimStressTests(sharesMemory: false);

[Collection(nameof(ShimStressTests))]
public sealed class ShimStressTestsOfSharedMemory() : ShimStressTests(sharesMemory: true);
