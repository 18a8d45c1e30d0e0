using ContainerPS.Engine.Containers.State;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.LifeCycle;

/// <summary>
/// Tells when something may have changed in a container's run: a line in its state log, its run directory taken away, its log, the end of
/// a process. Made before the state is read, so that no change between the look and the wait is missed. Nothing here looks again and
/// again.
/// </summary>
internal sealed class RunWatch : IDisposable
{
    private readonly Inotify? _directory;
    private readonly Inotify? _log;

    /// <param name="container">Whose run it is.</param>
    /// <param name="withLog">Tells of what is written to its log, too.</param>
    public RunWatch(Container container, bool withLog = false)
    {
        _directory = Inotify.TryWatchDirectory(container.View.Paths.RunDirectory);
        _log = withLog ? Inotify.TryWatchDirectory(Path.GetDirectoryName(container.LogPath)!) : null;
    }

    /// <summary>Returns after a change, or the end of the process, or the timeout.</summary>
    public void Wait(Pidfd process, TimeSpan timeout, CancellationToken cancellation) =>
        WaitAsync(process, timeout, cancellation).GetAwaiter().GetResult();

    /// <inheritdoc cref="Wait"/>
    public async Task WaitAsync(Pidfd? process, TimeSpan timeout, CancellationToken cancellation)
    {
        List<FileDescriptor> descriptors = [];
        if (process is not null)
        {
            descriptors.Add(process.Descriptor);
        }

        if (_directory is not null)
        {
            descriptors.Add(_directory.Descriptor);
        }

        if (_log is not null)
        {
            descriptors.Add(_log.Descriptor);
        }

        // None: the run directory is gone, and the state says so when it is read again.
        if (descriptors.Count > 0 && await Readiness.WaitAsync(descriptors, timeout, cancellation).ConfigureAwait(false))
        {
            _directory?.Drain();
            _log?.Drain();
        }
    }

    public void Dispose()
    {
        _directory?.Dispose();
        _log?.Dispose();
    }
}
