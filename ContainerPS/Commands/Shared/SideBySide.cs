using System.Collections.Concurrent;

namespace ContainerPS.Commands;

/// <summary>
/// The same work on many things at once. Threads of their own, not the pool's: the work waits (for a process to end, for a lock) and the
/// pool would add threads at two a second.
/// </summary>
internal static class SideBySide
{
    /// <summary>Results in the order in which the work ends, on the caller's thread, the only one that may write to the pipeline.</summary>
    public static IEnumerable<Outcome<T>> Run<T>(IReadOnlyList<T> items, int throttle, Action<T> work)
    {
        if (items.Count <= 1)
        {
            return items.Select(item => Attempt(item, work));
        }

        return Parallel(items, throttle, work);
    }

    private static IEnumerable<Outcome<T>> Parallel<T>(IReadOnlyList<T> items, int throttle, Action<T> work)
    {
        // Not disposed: when the pipeline is abandoned, the workers are still at work that its cancellation ends.
        var done = new BlockingCollection<Outcome<T>>();
        int next = -1;
        for (int worker = 0; worker < Math.Min(throttle, items.Count); worker++)
        {
            new Thread(Work) { IsBackground = true }.Start();
        }

        try
        {
            for (int taken = 0; taken < items.Count; taken++)
            {
                yield return done.Take();
            }
        }
        finally
        {
            Interlocked.Exchange(ref next, items.Count);
        }

        void Work()
        {
            while (Interlocked.Increment(ref next) is var index && index < items.Count)
            {
                done.Add(Attempt(items[index], work));
            }
        }
    }

    private static Outcome<T> Attempt<T>(T item, Action<T> work)
    {
        try
        {
            work(item);
            return new Outcome<T>(item, null);
        }
        catch (Exception e)
        {
            return new Outcome<T>(item, e);
        }
    }
}

/// <summary>How the work on one thing ended.</summary>
internal readonly record struct Outcome<T>(T Item, Exception? Failure);
