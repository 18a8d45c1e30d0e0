using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Engine.Containers.LifeCycle;
using ContainerPS.Engine.Containers.Limits;
using ContainerPS.Engine.Images;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine;

/// <summary>
/// The containers of one store. Ordinary use: <see cref="Create"/>, <see cref="Start"/>, <see cref="Wait"/>; or <see cref="Run"/> for a
/// command whose output is wanted. All members may be called from any thread; several processes may work on one store at the same time.
/// </summary>
public sealed class ContainerCollection
{
    private readonly ContainerContext _context;
    private readonly LeftOvers _leftOvers;
    private readonly Reconciling _reconciling;
    private readonly Finding _finding;
    private readonly Creating _creating;
    private readonly Starting _starting;
    private readonly Stopping _stopping;
    private readonly Freezing _freezing;
    private readonly Waiting _waiting;
    private readonly Executing _executing;
    private readonly AttachedRuns _runs;
    private readonly Removing _removing;
    private readonly Limiting _limiting;
    private readonly Measuring _measuring;
    private readonly ReadingLogs _logs;

    internal ContainerCollection(ContainerContext context)
    {
        _context = context;
        EndOfRun ends = Ends = new EndOfRun(context);
        Removal removal = Removal = new Removal(context, ends);
        var monitors = new MonitorPlans(context);
        var documents = new StartDocuments(context);
        _leftOvers = new LeftOvers(context, removal);
        _reconciling = new Reconciling(context, ends, removal, monitors);
        var transitions = new Transitions(context, _leftOvers, _reconciling);
        _finding = new Finding(context, _reconciling);
        _creating = new Creating(context, _leftOvers, removal, _finding);
        _starting = new Starting(context, transitions, ends, documents, monitors);
        _waiting = new Waiting(_reconciling);
        _stopping = new Stopping(context, transitions, ends, _waiting);
        _freezing = new Freezing(context, transitions);
        _executing = new Executing(context, transitions, documents);
        _runs = new AttachedRuns(context, _creating, _starting, _stopping, removal);
        _removing = new Removing(transitions, _leftOvers, ends, removal);
        _limiting = new Limiting(context, transitions);
        _measuring = new Measuring(context);
        _logs = new ReadingLogs(_reconciling);
    }

    internal EndOfRun Ends { get; }

    internal Removal Removal { get; }

    internal LeftOvers LeftOvers => _leftOvers;

    internal Reconciling Reconciling => _reconciling;

    /// <summary>Containers that match, by creation time; without a query all of them.</summary>
    public IReadOnlyList<Container> List(ContainerQuery? query = null) => _finding.List(query);

    /// <summary>The container of a name, an id or an unambiguous id prefix.</summary>
    /// <exception cref="ContainerObjectNotFoundException">There is none.</exception>
    public Container Get(string nameOrIdOrPrefix) => _finding.Get(nameOrIdOrPrefix);

    /// <summary>As <see cref="Get"/>, null where there is none; an ambiguous prefix still throws.</summary>
    public Container? Find(string nameOrIdOrPrefix) => _finding.Find(nameOrIdOrPrefix);

    /// <summary>Names of the containers that an image, by its id, is in use by.</summary>
    public IReadOnlyList<string> Using(string imageId) => _finding.Using(imageId);

    /// <summary>Creates a container. Everything is validated before anything is acquired.</summary>
    public Container Create(ContainerDefinition definition)
    {
        using CreatedContainer created = _creating.Create(definition);
        return created.Container;
    }

    /// <summary>
    /// What does not keep a definition from being created, and should be known: memory above the host's; and, once, that AppArmor confines
    /// nothing here, files of removed containers that could not be deleted, and events that could not be recorded.
    /// </summary>
    public IReadOnlyList<string> Warnings(ContainerDefinition definition)
    {
        ArgumentNullException.ThrowIfNull(definition);
        string? unconfined = _context.SecurityModules.WarningOf(definition);
        return [.. LimitValidator.Warnings(definition.Limits), .. unconfined is null ? [] : (string[])[unconfined], .. TakeWarnings()];
    }

    /// <summary>
    /// What starts found since the last call and the caller should know; files of removed containers that could not be deleted; and why
    /// events could not be recorded.
    /// </summary>
    public IReadOnlyList<string> TakeWarnings()
    {
        List<string> warnings = [.. _context.Trash.TakeFailures().Select(failure => failure.Message)];
        while (_context.Warnings.TryDequeue(out string? warning))
        {
            warnings.Add(warning);
        }

        if (_context.Journal.TakeFailure() is { } lost)
        {
            warnings.Add($"Events could not be recorded: {lost.Message}.");
        }

        return warnings;
    }

    /// <summary>Starts a container and returns when its command is running. No effect on a running one.</summary>
    public void Start(Container container, CancellationToken cancellation = default) => _starting.Start(container, cancellation);

    /// <summary>
    /// Ends a container: its stop signal (or <paramref name="signal"/>), and after <paramref name="timeout"/> (null: its own) SIGKILL to
    /// all of its cgroup. No effect on one that is not running.
    /// </summary>
    public Task StopAsync(Container container, TimeSpan? timeout = null, Signal? signal = null, CancellationToken cancellation = default) =>
        _stopping.StopAsync(container, timeout, signal, cancellation);

    /// <inheritdoc cref="StopAsync"/>
    public void Stop(Container container, TimeSpan? timeout = null, Signal? signal = null, CancellationToken cancellation = default) =>
        StopAsync(container, timeout, signal, cancellation).GetAwaiter().GetResult();

    /// <summary>Sends a signal to the first process; SIGKILL, which is sent unless another is named, ends all of the container.</summary>
    public void Kill(Container container, Signal? signal = null) => _stopping.Kill(container, signal ?? Signal.Kill);

    /// <summary>Freezes all processes; returns when they are frozen.</summary>
    public void Pause(Container container) => _freezing.Pause(container);

    /// <summary>Thaws them.</summary>
    public void Resume(Container container) => _freezing.Resume(container);

    /// <summary>
    /// Waits until a container is not running and reports how it ended, also when that was long ago, in another process, or when it has
    /// been removed since (for an hour). A container that was never started throws; <paramref name="timeout"/> throws
    /// <see cref="ContainerTimeoutException"/>.
    /// </summary>
    public Task<ExitStatus> WaitAsync(Container container, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        _waiting.WaitAsync(container, timeout, cancellation);

    /// <inheritdoc cref="WaitAsync"/>
    public ExitStatus Wait(Container container, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        WaitAsync(container, timeout, cancellation).GetAwaiter().GetResult();

    /// <summary>Creates a container and starts it attached to the caller.</summary>
    public ContainerRun Run(ContainerDefinition definition, RunOptions? options = null, CancellationToken cancellation = default) =>
        _runs.Run(definition, options, cancellation);

    /// <summary>Starts a command in a running container.</summary>
    public ContainerExec Exec(Container container, ExecDefinition definition, CancellationToken cancellation = default) =>
        _executing.Exec(container, definition, cancellation);

    /// <summary>Removes a container; a running one, or one whose record cannot be read, only with <paramref name="force"/>.</summary>
    public void Remove(Container container, bool force = false, CancellationToken cancellation = default) =>
        _removing.Remove(container, force, cancellation);

    /// <summary>The limits of a container, requested and effective. One that does not run has no effective ones.</summary>
    public CgroupLimit GetLimit(Container container) => _limiting.Get(container);

    /// <summary>Changes limits, at once when it is running and for its next start.</summary>
    public CgroupLimit SetLimit(Container container, CgroupLimitChange change) => _limiting.Set(container, change);

    /// <summary>What <see cref="SetLimit"/> would write.</summary>
    public IReadOnlyList<LimitChangePreview> PreviewLimit(Container container, CgroupLimitChange change) =>
        _limiting.Preview(container, change);

    /// <summary>
    /// What a running container has used by now. Two samples give the CPU percentage between them (<see cref="ContainerStats.Since"/>).
    /// </summary>
    public ContainerStats Measure(Container container) => _measuring.Measure(container);

    /// <summary>Records of a container's log, oldest first.</summary>
    public IEnumerable<ContainerLogRecord> ReadLog(Container container, LogQuery? query = null, CancellationToken cancellation = default) =>
        _logs.Read(container, query ?? new LogQuery(), cancellation);

    /// <inheritdoc cref="ReadLog"/>
    public IAsyncEnumerable<ContainerLogRecord> ReadLogAsync(
        Container container,
        LogQuery? query = null,
        CancellationToken cancellation = default
    ) => _logs.ReadAsync(container, query ?? new LogQuery(), cancellation);

    /// <summary>Adopts running containers whose monitor has died and removes what killed processes left behind.</summary>
    public void Reconcile()
    {
        foreach (Container container in _context.Store.Ids().ToArray().Select(_context.Store.Open).OfType<Container>())
        {
            _reconciling.ReconcileIfFree(container);
        }

        _leftOvers.Sweep();
        _leftOvers.CompleteDeletions();
    }

    /// <summary>
    /// Called by `containerps internal on-exit ID`, which the monitor runs after the container has ended. Does nothing if the container was
    /// already removed.
    /// </summary>
    public void OnExit(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        // Of a record that cannot be read nobody knows whether the container removes itself: it is kept.
        if (_context.Store.Open(id) is not { View.Damage: null } container)
        {
            return;
        }

        _leftOvers.SweepOnce();
        // Nobody comes after the monitor: what holds the lock now is waited for.
        _reconciling.Reconcile(container, "Ending");
        _leftOvers.CompleteDeletions();
    }

    /// <summary>
    /// Waits until the files of removed containers and images are deleted. They are deleted in the background; a process that ends
    /// finishes that, or
    /// the next command does. Also gives back what was prepared for a next run. False after the timeout. Needed only before the store's
    /// file system is unmounted.
    /// </summary>
    public bool WaitForDeletions(TimeSpan timeout)
    {
        _context.Spares.Release();
        return _context.Trash.Wait(timeout) && ImageStore.WaitForRemovals(timeout);
    }
}
