using System.Diagnostics;
using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Tests.Linux;

public sealed class WorkerThreadTests
{
    [Fact]
    public void Every_wake_is_followed_by_work_across_the_ends_of_the_thread()
    {
        int wanted = 0,
            done = 0,
            ends = 0;
        var caughtUp = new ThreadSignal();

        // A patience of a millisecond: many of the wakes meet a thread that is just about to end.
        var worker = new WorkerThread("test", Catch, TimeSpan.FromMilliseconds(1), () => Interlocked.Increment(ref ends));
        for (int i = 1; i <= 2000; i++)
        {
            Volatile.Write(ref wanted, i);
            worker.Wake();
            while (Volatile.Read(ref done) < i)
            {
                Assert.True(caughtUp.Wait(TimeSpan.FromSeconds(10)), $"Nothing was done after wake {i}.");
            }

            if (i % 20 == 0)
            {
                Thread.Sleep(i % 3);
            }
        }

        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref ends) > 0, 5000));

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
        string during = "";
        var done = new ThreadSignal();
        var worker = new WorkerThread("test", Look, TimeSpan.FromSeconds(5));
        for (int i = 0; i < 5; i++)
        {
            worker.Wake();

            // Busy: behind us, on this processor, it would wait for the end of our time slice.
            long begun = Stopwatch.GetTimestamp();
            while (!done.Wait(TimeSpan.Zero))
            {
                Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(10));
            }

            Assert.Equal(everywhere, during);
            Thread.Sleep(5);
        }

        void Look()
        {
            using Process child = Process.Start(new ProcessStartInfo("/bin/sleep", "5"))!;
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
        var worker = new WorkerThread("test", Look, TimeSpan.FromSeconds(5));
        for (int i = 0; i < 3; i++)
        {
            worker.Wake();
            Assert.True(working.Wait(TimeSpan.FromSeconds(10)));
            worker.Wake();
            woken.Set();
            Assert.True(done.Wait(TimeSpan.FromSeconds(10)));

            // The second wake is work too.
            Assert.True(working.Wait(TimeSpan.FromSeconds(10)));
            woken.Set();
            Assert.True(done.Wait(TimeSpan.FromSeconds(10)));
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
        Assert.False(signal.Wait(TimeSpan.FromMilliseconds(20)));
    }

    private static string Allowed(string status) =>
        status.Split('\n').Single(line => line.StartsWith("Cpus_allowed_list", StringComparison.Ordinal));
}
