using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Launch;

/// <summary>
/// Makes the cgroup beside the start: the thread that has spawned the shim has nothing else to do while the shim comes up, detaches and clones. The
/// container's process waits on a pipe and goes on when the cgroup is ready; when it could not be made, the pipe's end stops the start. (A second thread would begin
/// earlier, but a thread pool that wakes up costs more than it saves, by its spinning above all.)
/// </summary>
internal sealed class CgroupPreparation : IDisposable
{
    private readonly FileDescriptor? _read;
    private readonly FileDescriptor? _write;
    private readonly Action? _prepare;

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
    }

    public int? Descriptor => _read?.Number;

    /// <summary>Prepares and lets the container's process go on, or, once the shim has cleaned up, throws what stopped the preparation.</summary>
    public void Run(ShimProcess shim)
    {
        if (_prepare is null)
        {
            return;
        }
        try
        {
            _prepare();
            _write!.Write("g"u8);
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

    public void Dispose()
    {
        _read?.Dispose();
        _write?.Dispose();
    }
}
