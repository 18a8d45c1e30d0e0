using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Launch;

/// <summary>One thread for what a start has done beside its planning.</summary>
internal sealed class SideThread
{
    private readonly WorkerThread _thread;
    private Job? _job;

    private SideThread() => _thread = new WorkerThread("containerps side", Work, TimeSpan.FromMinutes(1), Fail);

    public static SideThread Shared { get; } = new();

    /// <summary>Null while it does somebody else's work.</summary>
    public Job? TryBegin(Action work)
    {
        var job = new Job(work);
        if (Interlocked.CompareExchange(ref _job, job, null) is not null)
        {
            return null;
        }

        _thread.Wake();
        return job;
    }

    private void Work()
    {
        Job job = _job!;
        job.Run();
        Volatile.Write(ref _job, null);
        job.End();
    }

    // The job takes what its work throws; what is thrown beside that must not leave its starter waiting.
    private void Fail(Exception failure) => Interlocked.Exchange(ref _job, null)?.Fail(failure);

    /// <summary>Work that was begun; it must be waited for, by one thread.</summary>
    internal sealed class Job(Action work)
    {
        private readonly ThreadSignal _signal = new();
        private volatile bool _hasEnded;

        /// <summary>What the work threw; to be asked after <see cref="Wait"/>.</summary>
        public Exception? Failure { get; private set; }

        public void Wait()
        {
            while (!_hasEnded)
            {
                _signal.Wait();
            }
        }

        public void Run()
        {
            try
            {
                work();
            }
            catch (Exception failure)
            {
                Failure = failure;
            }
        }

        public void Fail(Exception failure)
        {
            Failure = failure;
            End();
        }

        public void End()
        {
            _hasEnded = true;
            _signal.Set();
        }
    }
}
