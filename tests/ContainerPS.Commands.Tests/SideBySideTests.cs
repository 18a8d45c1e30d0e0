using System.Collections.Concurrent;

namespace ContainerPS.Commands.Tests;

public sealed class SideBySideTests
{
    [Fact]
    public void Work_that_waits_is_done_at_the_same_time()
    {
        using var together = new Barrier(10);
        // Ten that meet: done one after another, the first would wait for ever.
        var outcomes = SideBySide
            .Run(Enumerable.Range(0, 10).ToList(), 10, _ => Assert.True(together.SignalAndWait(TimeSpan.FromSeconds(20))))
            .ToList();
        Assert.All(outcomes, o => Assert.Null(o.Failure));
        Assert.Equal(Enumerable.Range(0, 10), outcomes.Select(o => o.Item).Order());
    }

    [Fact]
    public void No_more_than_the_limit_are_worked_on_at_a_time()
    {
        (int now, int most) = (0, 0);
        object gate = new object();
        _ = SideBySide
            .Run(
                Enumerable.Range(0, 40).ToList(),
                4,
                _ =>
                {
                    lock (gate)
                    {
                        most = Math.Max(most, ++now);
                    }

                    Thread.Yield();
                    lock (gate)
                    {
                        now--;
                    }
                }
            )
            .ToList();
        Assert.InRange(most, 1, 4);
    }

    [Fact]
    public void One_failure_is_one_outcome_and_the_others_go_on()
    {
        var outcomes = SideBySide
            .Run(
                [1, 2, 3],
                2,
                i =>
                {
                    if (i == 2)
                    {
                        throw new InvalidOperationException("two");
                    }
                }
            )
            .ToList();
        Assert.Equal("two", outcomes.Single(o => o.Failure is not null).Failure!.Message);
        Assert.Equal(3, outcomes.Count);
    }

    [Fact]
    public void When_it_is_abandoned_no_more_is_begun()
    {
        int begun = 0;
        var workers = new ConcurrentBag<Thread>();
        using var release = new ManualResetEventSlim();
        using (
            IEnumerator<Outcome<int>> outcomes = SideBySide
                .Run(
                    Enumerable.Range(0, 1000).ToList(),
                    2,
                    i =>
                    {
                        workers.Add(Thread.CurrentThread);
                        Interlocked.Increment(ref begun);
                        if (i > 0)
                        {
                            release.Wait(Eventually.Bound);
                        }
                    }
                )
                .GetEnumerator()
        )
        {
            Assert.True(outcomes.MoveNext());
        }

        // The first item, and the one at which each of the two workers was held. Who has ended begins nothing any more.
        release.Set();
        Assert.All(workers, worker => Assert.True(worker.Join(Eventually.Bound)));
        Assert.InRange(begun, 1, 3);
    }

    [Fact]
    public void One_thing_is_worked_on_without_a_thread()
    {
        int thread = 0;
        _ = SideBySide.Run([1], 32, _ => thread = Environment.CurrentManagedThreadId).ToList();
        Assert.Equal(Environment.CurrentManagedThreadId, thread);
    }
}
