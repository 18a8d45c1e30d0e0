using System.Runtime.ExceptionServices;
using ContainerPS.Native.Launch.Planner;
using ContainerPS.Native.Linux;
using ContainerPS.Native.Mounts;

namespace ContainerPS.Native.Launch;

/// <summary>
/// The slow things of the kernel's that a start needs and that do not need the plan: the overlay of the root, mounted nowhere yet, and the cgroup. Where a monitor
/// stays, on a thread of its own while the start is planned; in an OCI runtime, which starts one container and ends, the cgroup on the thread that has
/// spawned the shim and has nothing else to do while that comes up and clones. The container's process waits on a pipe and goes on when the cgroup is ready; when it
/// could not be made, the pipe's end stops the start.
/// </summary>
internal sealed class StartPreparation : IDisposable
{
    private readonly LaunchRequest _request;
    private readonly ThreadSignal _rootSignal = new();
    private readonly FileDescriptor? _read;
    private readonly FileDescriptor? _write;
    private readonly SideThread.Job? _job;
    private readonly bool _canMakeRoot;
    private FileDescriptor? _root;
    private volatile bool _isRootTried;

    public StartPreparation(LaunchRequest request)
    {
        _request = request;
        if (request.PrepareCgroup is null)
        {
            return;
        }
        var (read, write) = Files.CreatePipe();
        _read = StartStreams.Raise(read);
        _write = write;
        _canMakeRoot = CanMakeRoot(request);
        _job = request.Monitor is null ? null : SideThread.Shared.TryBegin(PrepareAll);
    }

    /// <summary>Read end of the pipe that the container's process waits on; null when the cgroup is ready.</summary>
    public int? Go => _read?.Number;

    /// <summary>The root's overlay is made here, if the kernel will.</summary>
    public bool MakesRoot => _job is not null && _canMakeRoot;

    /// <summary>The overlay; null when the kernel refused it here.</summary>
    public int? AwaitRoot()
    {
        while (!_isRootTried)
        {
            _rootSignal.Wait();
        }
        return _root?.Number;
    }

    /// <summary>Returns when the container's process may go on, or, once the shim has cleaned up, throws what stopped the preparation.</summary>
    public void Run(ShimProcess shim)
    {
        // The shim has it: as long as we hold it too the overlay outlives the container.
        _root?.Dispose();
        if (_request.PrepareCgroup is null)
        {
            return;
        }
        try
        {
            if (_job is null)
            {
                PrepareCgroup();
            }
            ThrowIfFailed();
        }
        catch
        {
            _write!.Dispose();
            while (shim.Receive() is not null)
            {
                // The shim reports the start that we stopped; what stopped it is thrown below.
            }
            throw;
        }
    }

    /// <summary>Whoever clears up after a start that failed must not meet a cgroup that is still being made.</summary>
    public void Dispose()
    {
        _job?.Wait();
        _root?.Dispose();
        _read?.Dispose();
        _write?.Dispose();
    }

    private void PrepareAll()
    {
        PrepareRoot();
        PrepareCgroup();
    }

    /// <summary>A user namespace must own the mounts of its containers.</summary>
    private static bool CanMakeRoot(LaunchRequest request) =>
        request.RootFs is RootFsSource.Overlay && OverlayOptions.CanAppendLower && !NamespaceSet.Of(request.Spec).MakesNew(Namespaces.NamespaceType.User);

    private void PrepareRoot()
    {
        try
        {
            if (_request.RootFs is RootFsSource.Overlay overlay && _canMakeRoot)
            {
                _root = StartStreams.Raise(DetachedOverlay.Create(RootFsSteps.OptionsOf(overlay, overlay.LowerDirs)));
            }
        }
        catch (LinuxException)
        {
            // The container's process tries it again, and its plan has the words for what is wrong.
            _root = null;
        }
        finally
        {
            _isRootTried = true;
            _rootSignal.Set();
        }
    }

    private void PrepareCgroup()
    {
        _request.PrepareCgroup!();
        _write!.Write("g"u8);
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
