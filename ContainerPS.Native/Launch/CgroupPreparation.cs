using System.Runtime.ExceptionServices;
using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Launch;

/// <summary>
/// Makes the cgroup beside the start: where a monitor stays, on a thread of its own while the start is planned; in an OCI runtime, which starts one container and
/// ends, on the thread that has spawned the shim and has nothing else to do while that comes up and clones. The container's process waits on a pipe and
/// goes on when the cgroup is ready; when it could not be made, the pipe's end stops the start.
/// </summary>
internal sealed class CgroupPreparation : IDisposable
{
    private readonly FileDescriptor? _read;
    private readonly FileDescriptor? _write;
    private readonly Action? _prepare;
    private readonly SideThread.Job? _job;

    public CgroupPreparation(LaunchRequest request)
    {
        if (request.PrepareCgroup is not { } prepare)
        {
            return;
        }
        var (read, write) = Files.CreatePipe();
        _read = StartStreams.Raise(read);
        _write = write;
        _prepare = prepare;
        _job = request.Monitor is null ? null : SideThread.Shared.TryBegin(Prepare);
    }

    public int? Descriptor => _read?.Number;

    /// <summary>Returns when the container's process may go on, or, once the shim has cleaned up, throws what stopped the preparation.</summary>
    public void Run(ShimProcess shim)
    {
        if (_prepare is null)
        {
            return;
        }
        try
        {
            if (_job is null)
            {
                Prepare();
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
        _read?.Dispose();
        _write?.Dispose();
    }

    private void Prepare()
    {
        _prepare!();
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
