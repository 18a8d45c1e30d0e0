using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Layers;

/// <summary>
/// The root of a layer being made and descriptors of the directories in use lately: an archive names a directory's entries one after
/// another, so most need no look-up at all. Every directory is reached beneath the root by one openat2.
/// </summary>
internal sealed class DirectoryCache : IDisposable
{
    private const int Capacity = 16;

    private readonly List<(byte[] Path, int Fd)> _open = new(Capacity);
    private readonly byte[] _terminated = new byte[4096];

    public DirectoryCache(string root)
    {
        byte[] path = System.Text.Encoding.UTF8.GetBytes(root + '\0');
        RootFd = TreeCalls.Open(Posix.AT_FDCWD, path, Posix.O_RDONLY | Posix.O_DIRECTORY | Posix.O_NOFOLLOW);
        if (RootFd < 0)
        {
            throw LayerProblem.Failed("opening", path.AsSpan(0, path.Length - 1), RootFd);
        }
    }

    public int RootFd { get; }

    /// <summary>The descriptor of a directory of the layer (it stays ours), or -errno.</summary>
    public int Open(ReadOnlySpan<byte> path)
    {
        if (path.Length == 0)
        {
            return RootFd;
        }

        for (int i = _open.Count - 1; i >= 0; i--)
        {
            if (_open[i].Path.AsSpan().SequenceEqual(path))
            {
                return _open[i].Fd;
            }
        }

        path.CopyTo(_terminated);
        _terminated[path.Length] = 0;
        int fd = TreeCalls.OpenBeneath(
            RootFd,
            _terminated.AsSpan(0, path.Length + 1),
            Posix.O_RDONLY | Posix.O_DIRECTORY,
            Posix.RESOLVE_BENEATH
        );
        if (fd >= 0)
        {
            Add(path, fd);
        }

        return fd;
    }

    /// <summary>After a directory or symbolic link was taken away: what was resolved through it means something else now.</summary>
    public void Forget()
    {
        foreach ((byte[] _, int fd) in _open)
        {
            TreeCalls.Close(fd);
        }

        _open.Clear();
    }

    public void Dispose()
    {
        Forget();
        TreeCalls.Close(RootFd);
    }

    private void Add(ReadOnlySpan<byte> path, int fd)
    {
        if (_open.Count == Capacity)
        {
            TreeCalls.Close(_open[0].Fd);
            _open.RemoveAt(0);
        }

        _open.Add((path.ToArray(), fd));
    }
}
