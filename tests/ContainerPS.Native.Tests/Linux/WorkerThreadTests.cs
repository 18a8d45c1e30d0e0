using System.Diagnostics;
using ContainerPS.Native.Interop;
using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Tests.Linux;

public sealed class WorkerThreadTests
{
    [Fact]
    public void An_exception_goes_to_the_owner_and_the_thread_works_on()
    {
        using var seen = new SemaphoreSlim(0);
        Exception? failure = null;
        bool isBroken = true;
        var worker = new WorkerThread("test", Work, TimeSpan.FromMinutes(1), Fail);

        worker.Wake();
        Assert.True(seen.Wait(Eventually.Bound));
        Assert.IsType<InvalidOperationException>(failure);
        isBroken = false;
        worker.Wake();

        Assert.True(seen.Wait(Eventually.Bound));

        void Work()
        {
            if (isBroken)
            {
                throw new InvalidOperationException();
            }

            seen.Release();
        }

        void Fail(Exception thrown)
        {
            failure = thrown;
            seen.Release();
        }
    }

    [Fact]
    public void Every_wake_is_followed_by_work_across_the_ends_of_the_thread()
    {
        int wanted = 0,
            done = 0,
            ends = 0;
        var caughtUp = new ThreadSignal();

        // Many of the wakes come when the thread is just about to end: at moments around the end of its patience.
        var patience = TimeSpan.FromMilliseconds(1);
        var worker = new WorkerThread("test", Catch, patience, _ => { }, () => Interlocked.Increment(ref ends));
        for (int i = 1; i <= 2000; i++)
        {
            Volatile.Write(ref wanted, i);
            worker.Wake();
            while (Volatile.Read(ref done) < i)
            {
                Assert.True(caughtUp.Wait(Eventually.Bound), $"Nothing was done after wake {i}.");
            }

            if (i % 20 == 0)
            {
                RandomMoments.Pass(patience * (0.8 + (i % 50 * 0.01)));
            }
        }

        Eventually.True(() => Volatile.Read(ref ends) > 0, "the end of a thread that nobody wakes");

        void Catch()
        {
            Volatile.Write(ref done, Volatile.Read(ref wanted));
            caughtUp.Set();
        }
    }

    [SkippableFact]
    public void It_works_beside_its_waker_and_what_it_starts_may_run_everywhere()
    {
        Skip.If(Environment.ProcessorCount < 2, "one processor");
        string everywhere = Allowed(File.ReadAllText("/proc/thread-self/status"));
        string during = "",
            thread = "";
        var done = new ThreadSignal();
        var worker = new WorkerThread("test", Look, TimeSpan.FromMinutes(5), _ => { });
        for (int i = 0; i < 5; i++)
        {
            worker.Wake();

            // Busy: behind us, on this processor, it would wait for the end of our time slice.
            long begun = Stopwatch.GetTimestamp();
            while (!done.Wait(TimeSpan.Zero))
            {
                Assert.True(Stopwatch.GetElapsedTime(begun) < Eventually.Bound);
            }

            Assert.Equal(everywhere, during);

            // The next wake is for a thread that sleeps: only such a one is sent to another processor.
            Eventually.Sees(() => ProcessState.CallOf(thread), call => call == SYS.futex, "the sleep of the worker");
        }

        void Look()
        {
            thread = "/proc/" + new FileInfo("/proc/thread-self").LinkTarget;
            using Process child = Process.Start(new ProcessStartInfo("/bin/sleep", "1000"))!;
            during = Allowed(File.ReadAllText($"/proc/{child.Id}/status"));
            child.Kill();
            child.WaitForExit();
            done.Set();
        }
    }

    [SkippableFact]
    public void A_wake_while_it_works_moves_nothing_of_what_it_starts()
    {
        Skip.If(Environment.ProcessorCount < 2, "one processor");
        string everywhere = Allowed(File.ReadAllText("/proc/thread-self/status"));
        var seen = new List<string>();
        ThreadSignal working = new(),
            woken = new(),
            done = new();
        var worker = new WorkerThread("test", Look, TimeSpan.FromMinutes(5), _ => { });
        for (int i = 0; i < 3; i++)
        {
            worker.Wake();
            Assert.True(working.Wait(Eventually.Bound));
            worker.Wake();
            woken.Set();
            Assert.True(done.Wait(Eventually.Bound));

            // The second wake is work too.
            Assert.True(working.Wait(Eventually.Bound));
            woken.Set();
            Assert.True(done.Wait(Eventually.Bound));
        }

        Assert.Equal(Enumerable.Repeat(everywhere, 6), seen);

        void Look()
        {
            working.Set();
            woken.Wait();
            seen.Add(Allowed(File.ReadAllText("/proc/thread-self/status")));
            done.Set();
        }
    }

    [Fact]
    public void A_signal_is_taken_once()
    {
        var signal = new ThreadSignal();
        signal.Set();
        signal.Set();
        Assert.True(signal.Wait(TimeSpan.Zero));
        Assert.False(signal.Wait(TimeSpan.Zero));
    }

    [Fact]
    public void A_wait_without_a_signal_ends_after_its_time_and_not_before()
    {
        var clock = Stopwatch.StartNew();
        Assert.False(new ThreadSignal().Wait(TimeSpan.FromMilliseconds(50)));

        // The clock that it waits by has ticks of some milliseconds.
        Assert.InRange(clock.ElapsedMilliseconds, 30, long.MaxValue);
    }

    private static string Allowed(string status) =>
        status.Split('\n').Single(line => line.StartsWith("Cpus_allowed_list", StringComparison.Ordinal));
}
