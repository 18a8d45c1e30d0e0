namespace ContainerPS.Native.Launch;

/// <summary>
/// One thread that waits for work to do beside its owner's. A thread pool would spin when it wakes up and when it has nothing to do, on the
/// processors that the container needs just then; this one sleeps in the kernel.
/// </summary>
internal sealed class SideThread
{
    private readonly object _gate = new();
    private Thread? _thread;
    private Job? _next;
    private bool _isBusy;

    private SideThread()
    {
    }

    public static SideThread Shared { get; } = new();

    /// <summary>Null while it does somebody else's work.</summary>
    public Job? TryBegin(Action work)
    {
        lock (_gate)
        {
            if (_isBusy)
            {
                return null;
            }
            if (_thread is null)
            {
                _thread = new Thread(Work, 256 * 1024) { IsBackground = true, Name = "containerps side" };
                _thread.Start();
            }
            _isBusy = true;
            _next = new Job(work);
            Monitor.Pulse(_gate);
            return _next;
        }
    }

    private void Work()
    {
        while (true)
        {
            var job = Next();
            job.Run();
            lock (_gate)
            {
                _isBusy = false;
            }
            job.End();
        }
    }

    private Job Next()
    {
        lock (_gate)
        {
            while (_next is null)
            {
                Monitor.Wait(_gate);
            }
            var job = _next;
            _next = null;
            return job;
        }
    }

    /// <summary>Work that was begun; it must be waited for.</summary>
    internal sealed class Job(Action work)
    {
        private readonly object _gate = new();
        private bool _hasEnded;

        /// <summary>What the work threw; to be asked after <see cref="Wait"/>.</summary>
        public Exception? Failure { get; private set; }

        public void Wait()
        {
            lock (_gate)
            {
                while (!_hasEnded)
                {
                    Monitor.Wait(_gate);
                }
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

        public void End()
        {
            lock (_gate)
            {
                _hasEnded = true;
                Monitor.PulseAll(_gate);
            }
        }
    }
}
