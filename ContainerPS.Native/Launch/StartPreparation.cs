using System.Runtime.ExceptionServices;
using ContainerPS.Native.Launch.Planner;
using ContainerPS.Native.Linux;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Launch;

/// <summary>
/// The slow things of the kernel's that a start needs and that do not need the plan: the cgroup, and the overlay of the root, mounted
/// nowhere yet. Where a monitor stays, on a thread of its own while the start is planned and its shim comes up; in an OCI runtime, which
/// starts one container and ends, the cgroup on the thread that has spawned the shim and has nothing else to do while that comes up and
/// clones.
/// </summary>
/// <remarks>
/// <code>
///  starter                      side thread                     container's process (v2: its parent waits for the cgroup)
///  plans                        makes the cgroup
///  hands the plan over
///  what it has to do meanwhile  'g' ──────────────────────────▶ joins the cgroup
///  waits for all                makes the overlay               namespaces, streams, host name
///                               'r' and the overlay ──────────▶ attaches it, mounts, pivots, executes
/// </code>
/// What fails of it stops the start by the end of the socket.
/// </remarks>
internal sealed class StartPreparation : IDisposable
{
    private readonly LaunchRequest _request;
    private FileDescriptor? _mine;
    private readonly FileDescriptor? _theirs;
    private readonly SideThread.Job? _job;
    private readonly bool _canMakeRoot;
    private readonly ThreadSignal _wentOrStopped = new();
    private int _awaited = 2;
    private volatile bool _isStopped;

    public StartPreparation(LaunchRequest request)
    {
        _request = request;
        if (request.PrepareCgroup is null)
        {
            request.Meanwhile?.Invoke();
            return;
        }

        (FileDescriptor? mine, FileDescriptor? theirs) = Files.CreateSocketPair(SOCK_SEQPACKET);
        _mine = mine;
        _theirs = StartStreams.Raise(theirs);
        _canMakeRoot = request.RootFs is RootFsSource.Overlay && DetachedRoot.IsFor(request.Spec);
        _job = request.Monitor is null ? null : SideThread.Shared.TryBegin(() => Prepare(_canMakeRoot));
    }

    /// <summary>The socket that the container's process waits on; null when the cgroup is ready.</summary>
    public int? Go => _theirs?.Number;

    /// <summary>The root's overlay is made here, if the kernel will.</summary>
    public bool MakesRoot => (_job is not null || _request.ReadyRoot is not null) && _canMakeRoot;

    /// <summary>Returns when everything is made, or, once the shim has cleaned up, throws what stopped the preparation.</summary>
    public void Run(ShimProcess shim)
    {
        if (_request.PrepareCgroup is null)
        {
            return;
        }

        try
        {
            _request.Meanwhile?.Invoke();
            GoWhenBothAreDone();
            if (_job is null)
            {
                Prepare(makesRoot: MakesRoot);
            }

            ThrowIfFailed();
        }
        catch
        {
            Stop();
            _mine!.Dispose();
            while (shim.Receive() is not null)
            {
                // The shim reports the start that we stopped; what stopped it is thrown below.
            }

            throw;
        }
    }

    /// <summary>
    /// This side of the socket, for a start that has come to its exec FIFO: init waits there for the byte that keeps it, and ends at the
    /// end of the socket. Null when there was nothing to prepare.
    /// </summary>
    public FileDescriptor? TakeSocket()
    {
        FileDescriptor? socket = _mine;
        _mine = null;
        return socket;
    }

    /// <summary>Whoever clears up after a start that failed must not meet a cgroup that is still being made.</summary>
    public void Dispose()
    {
        Stop();
        _mine?.Dispose();
        _theirs?.Dispose();
    }

    private void Prepare(bool makesRoot)
    {
        _request.PrepareCgroup!();
        GoWhenBothAreDone();
        if (makesRoot)
        {
            PrepareRoot();
        }
    }

    /// <summary>The cgroup, and what the caller does meanwhile: neither waits for the other, who is last says so.</summary>
    private void GoWhenBothAreDone()
    {
        if (Interlocked.Decrement(ref _awaited) == 0)
        {
            Files.Send(_mine!, "g"u8);
            _wentOrStopped.Set();
        }
    }

    /// <summary>Returns when the other thread is at nothing of this any more.</summary>
    private void Stop()
    {
        _isStopped = true;
        _wentOrStopped.Set();
        _job?.Wait();
    }

    private void PrepareRoot()
    {
        if (_request.ReadyRoot is { } ready)
        {
            SendRoot(ready);
            return;
        }

        FileDescriptor root;
        try
        {
            root = DetachedRoot.TryMake((RootFsSource.Overlay)_request.RootFs, HostFactsReader.MountLabelOf(_request.Spec))!;
        }
        catch (LinuxException refusal)
        {
            throw new RootRefusedException(refusal);
        }

        // As long as anybody here held it the overlay would outlive the container.
        using (root)
        {
            SendRoot(root);
        }
    }

    /// <summary>Behind the byte that says go: who waits for that would take this for it.</summary>
    private void SendRoot(FileDescriptor root)
    {
        _wentOrStopped.Wait();
        if (!_isStopped)
        {
            Files.Send(_mine!, "r"u8, root.Number);
        }
    }

    private void ThrowIfFailed()
    {
        _job?.Wait();
        if (_job?.Failure is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }
}
