using System.Collections.Concurrent;
using ContainerPS.Engine.Common;

namespace ContainerPS.Engine.Tests.Common;

public sealed class BackgroundWorkTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<Exception> _failures = [];
    private readonly BackgroundWork _work;

    public BackgroundWorkTests() => _work = new BackgroundWork("test", _failures.Enqueue);

    [Fact]
    public void Work_that_throws_is_reported_and_the_rest_is_done()
    {
        bool isDone = false;
        Assert.True(_work.TryAdd(() => throw new InvalidOperationException("the disk became read-only")));
        Assert.True(_work.TryAdd(() => isDone = true));

        Assert.True(_work.Wait(Long));
        Assert.True(isDone);
        Assert.Equal("the disk became read-only", Assert.Single(_failures).Message);
    }

    /// <summary>Two, for the thread takes up its work once more by itself.</summary>
    [Fact]
    public void Behind_two_that_throw_the_rest_is_done()
    {
        using var go = new ManualResetEventSlim();
        bool isDone = false;
        Assert.True(_work.TryAdd(() => go.Wait(Long)));
        Assert.True(_work.TryAdd(() => throw new InvalidOperationException("first")));
        Assert.True(_work.TryAdd(() => throw new InvalidOperationException("second")));
        Assert.True(_work.TryAdd(() => isDone = true));
        go.Set();

        Assert.True(_work.Wait(Long));
        Assert.True(isDone);
        Assert.Equal(["first", "second"], _failures.Select(failure => failure.Message));
    }

    [Fact]
    public void Work_is_done_in_order_and_waited_for()
    {
        var done = new List<int>();
        for (int i = 0; i < 50; i++)
        {
            int number = i;
            Assert.True(_work.TryAdd(() => done.Add(number)));
        }

        Assert.True(_work.Wait(Long));
        Assert.Equal(Enumerable.Range(0, 50), done);
    }

    [Fact]
    public void What_waits_is_bounded_and_what_is_being_done_is_waited_for()
    {
        using var go = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        Assert.True(
            _work.TryAdd(() =>
            {
                begun.Set();
                go.Wait(Long);
            })
        );
        Assert.True(begun.Wait(Long));

        int accepted = 0;
        while (accepted < 1000 && _work.TryAdd(() => { }))
        {
            accepted++;
        }

        Assert.Equal(64, accepted);
        Assert.False(_work.Wait(TimeSpan.FromMilliseconds(20)));
        go.Set();
        Assert.True(_work.Wait(Long));
        Assert.True(_work.TryAdd(() => { }));
        Assert.True(_work.Wait(Long));
    }

    [Fact]
    public void Nothing_to_do_is_not_waited_for() => Assert.True(_work.Wait(TimeSpan.Zero));
}
