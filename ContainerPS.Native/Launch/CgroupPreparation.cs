using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Launch;

/// <summary>
/// Makes the cgroup beside the start: on a second thread, while this one plans and spawns. The container's process waits on a pipe and goes on when the cgroup is
/// ready; when it could not be made, the pipe's end stops the start.
/// </summary>
internal sealed class CgroupPreparation : IDisposable
{
    private readonly FileDescriptor? _read;
    private readonly FileDescriptor? _write;
    private readonly Task? _task;

    private CgroupPreparation(Action? prepare)
    {
        if (prepare is null)
        {
            return;
        }
        var (read, write) = Files.CreatePipe();
        _read = StartStreams.Raise(read);
        _write = write;
        _task = Task.Run(prepare);
    }

    public static CgroupPreparation Begin(LaunchRequest request) => new(request.PrepareCgroup);

    public int? Descriptor => _read?.Number;

    /// <summary>Lets the container's process go on, or, once the shim has cleaned up, throws what stopped the preparation.</summary>
    public void Finish(ShimProcess shim)
    {
        if (_task is null)
        {
            return;
        }
        try
        {
            _task.GetAwaiter().GetResult();
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
        // What is being made must be whole before the caller undoes it; its failure was thrown by Finish or is not the first one.
        if (_task is { IsCompleted: false })
        {
            ((IAsyncResult)_task).AsyncWaitHandle.WaitOne();
        }
        _read?.Dispose();
        _write?.Dispose();
    }
}
