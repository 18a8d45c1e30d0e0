namespace ContainerPS.Commands;

/// <summary>
/// Work on objects that takes time: they are gathered while the pipeline brings them, each once, and worked on all at once at the end, or
/// in a job. Ten containers that ignore SIGTERM are stopped in ten seconds, not a hundred.
/// </summary>
/// <param name="cmdlet">Writes what is done.</param>
/// <param name="idOf">What two of the same have in common.</param>
/// <param name="work">Done on any thread: it writes nothing.</param>
internal sealed class ObjectBatch<TObject>(EngineCmdlet cmdlet, Func<TObject, string> idOf, Action<TObject, CancellationToken> work)
    where TObject : class
{
    private readonly List<TObject> _gathered = [];
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    /// <summary>Keeps one for the end, when it is new and the user agrees.</summary>
    public void Add(TObject item, Func<TObject, bool> isConfirmed)
    {
        if (_ids.Add(idOf(item)) && isConfirmed(item))
        {
            _gathered.Add(item);
        }
    }

    /// <summary>Works on all, and writes each that is done where <paramref name="writes"/>.</summary>
    public void Work(int throttle, bool writes)
    {
        // An abandoned pipeline leaves the enumeration early: the workers end by the cancelled token, which outlives its source.
        CancellationToken cancellation = cmdlet.Cancellation;
        foreach ((TObject item, Exception? failure) in SideBySide.Run(_gathered, throttle, item => work(item, cancellation)))
        {
            if (failure is not null)
            {
                cmdlet.Report(failure, item);
            }
            else if (writes)
            {
                cmdlet.WriteObject(item);
            }
        }
    }

    /// <summary>Works on all in a job, with a child for each.</summary>
    public void WorkInJob(int throttle, bool writes) =>
        cmdlet.StartJob(
            _gathered.Select(item => new ContainerChildJob(
                item.ToString()!,
                item,
                cmdlet.MyInvocation.Line,
                (job, stopped) => WorkIn(job, item, writes, stopped)
            )),
            throttle
        );

    private void WorkIn(IOutputSink job, TObject item, bool writes, CancellationToken stopped)
    {
        work(item, stopped);
        if (writes)
        {
            job.Output(item);
        }
    }
}
