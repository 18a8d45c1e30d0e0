using System.Collections.Concurrent;
using System.Diagnostics;
using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Launch;

/// <summary>
/// Takes the exit status of shims that have told all they had to tell and are about to end: nobody waits for the last 0.1 ms of them.
/// </summary>
internal static class ShimReaper
{
    private static readonly ConcurrentQueue<int> _ending = new();
    private static readonly WorkerThread _thread = new("containerps reaper", Reap, TimeSpan.FromSeconds(10), Give);

    // One that cannot be reaped stays a zombie until this process ends; the others are tried again with the next.
    private static void Give(Exception failure) => Debug.WriteLine(failure);

    /// <param name="pid">0 for none.</param>
    public static void Take(int pid)
    {
        if (pid != 0 && !ShimProcess.TryReap(pid, wait: false))
        {
            _ending.Enqueue(pid);
        }
    }

    /// <summary>Has those that were taken reaped, soon.</summary>
    public static void Wake()
    {
        if (!_ending.IsEmpty)
        {
            _thread.Wake();
        }
    }

    /// <summary>For a thread that nobody waits for.</summary>
    public static void Reap()
    {
        while (_ending.TryDequeue(out int pid))
        {
            ShimProcess.TryReap(pid, wait: true);
        }
    }
}
