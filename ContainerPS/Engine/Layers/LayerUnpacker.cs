using ContainerPS.Engine.Common;
using ContainerPS.Engine.Layers.Tar;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Layers;

/// <summary>What came out of one layer.</summary>
/// <param name="Implied">Directories that the layer has entries in but no entry for; the empty path is the root. They are to look as in the
/// layers below.</param>
/// <param name="Entries">How many entries the archive had.</param>
/// <param name="LostAttributes">Extended attributes that this file system cannot hold.</param>
public sealed record UnpackedLayer(IReadOnlyList<byte[]> Implied, long Entries, IReadOnlyList<string> LostAttributes);

/// <summary>
/// Makes the directory of an overlay's layer out of a layer's archive. Whiteouts become character devices 0:0, opaque directories an
/// attribute (image-spec layer.md; kernel overlayfs.rst). The layer is its own root: nothing it says makes, changes or removes a file
/// anywhere else.
/// </summary>
/// <remarks>
/// As root: owners, devices and trusted attributes need it. Directories are 0700 until all is in place (nobody looks into a layer half
/// made, and a set-gid directory would pass its group on); their modes and times are set at the end, deepest first. A file takes four to
/// six calls.
/// </remarks>
public sealed partial class LayerUnpacker : IDisposable
{
    private readonly TarReader _reader;
    private readonly DirectoryCache _directories;
    private readonly Dictionary<byte[], DirectoryState> _states = new(BytesComparer.Instance);
    private readonly Dictionary<byte[], DirectoryState>.AlternateLookup<ReadOnlySpan<byte>> _stateByPath;
    private readonly SortedSet<string> _lost = new(StringComparer.Ordinal);
    private readonly LayerPath _path = new();
    private readonly LayerPath _target = new();
    private readonly TarEntry _entry = new();
    private readonly bool _userAttributes;
    private readonly uint _maskedModes;
    private readonly uint _uid;
    private readonly uint _gid;

    private LayerUnpacker(TarReader reader, string directory, bool userAttributes)
    {
        _reader = reader;
        _userAttributes = userAttributes;
        _stateByPath = _states.GetAlternateLookup<ReadOnlySpan<byte>>();
        _directories = new DirectoryCache(directory);
        _maskedModes = ProcessFacts.Umask | Modes.SpecialBits;
        _uid = HostFacts.Uid;
        _gid = HostFacts.Gid;
        StateOf(default);
    }

    /// <summary>Unpacks all of an archive into an empty directory.</summary>
    /// <param name="reader">The archive.</param>
    /// <param name="directory">Empty, ours, on the file system of the store.</param>
    /// <param name="userAttributes">Mark opaque directories by <c>user.overlay.opaque</c>: for overlays of user namespaces (mount option
    /// userxattr).</param>
    /// <param name="cancellation">Leaves the directory half made: the caller deletes it.</param>
    /// <exception cref="ContainerStorageException"><see cref="ErrorIds.LayerPathEscape"/>, <see cref="ErrorIds.LayerCorrupt"/>.</exception>
    public static UnpackedLayer Unpack(TarReader reader, string directory, bool userAttributes, CancellationToken cancellation)
    {
        using var unpacker = new LayerUnpacker(reader, directory, userAttributes);
        try
        {
            return unpacker.Run(cancellation);
        }
        catch (TarFormatException failure)
        {
            throw LayerProblem.Corrupt(failure.Message, failure);
        }
    }

    public void Dispose() => _directories.Dispose();

    private UnpackedLayer Run(CancellationToken cancellation)
    {
        long entries = 0;
        for (; _reader.ReadNext(_entry); entries++)
        {
            cancellation.ThrowIfCancellationRequested();
            _path.Set(_entry.Path);
            Take(cancellation);
        }

        _reader.Drain();
        return new UnpackedLayer(FinishDirectories(), entries, [.. _lost]);
    }

    private void Take(CancellationToken cancellation)
    {
        if (_path.IsRoot)
        {
            if (_entry.Kind is TarEntryKind.Directory)
            {
                Describe(default);
            }

            return;
        }

        if (_path.BareName.StartsWith(WhiteoutPrefix))
        {
            TakeWhiteout();
            return;
        }

        int parent = OpenParent(_path);
        switch (_entry.Kind)
        {
            case TarEntryKind.File:
                MakeFile(parent, cancellation);
                break;
            case TarEntryKind.Directory:
                MakeDirectory(parent);
                break;
            case TarEntryKind.HardLink:
                MakeHardLink(parent);
                break;
            case TarEntryKind.Symlink:
                MakeSymlink(parent);
                break;
            default:
                MakeNode(parent);
                break;
        }
    }

    /// <summary>The parent directory's descriptor; parents that the archive does not name are made.</summary>
    private int OpenParent(LayerPath path)
    {
        int fd = _directories.Open(path.Parent);
        if (fd == -Posix.ENOENT || (fd == -Posix.ENOTDIR && path.Parent.Length > 0))
        {
            fd = MakeParents(path.Parent);
        }

        return fd >= 0 ? fd : throw Unreachable(path.Full, path.Parent, fd);
    }

    private int MakeParents(ReadOnlySpan<byte> path)
    {
        int fd = _directories.RootFd;
        for (int end = 0; end < path.Length; )
        {
            int slash = path[(end + 1)..].IndexOf((byte)'/');
            int start = end == 0 ? 0 : end + 1;
            end = slash < 0 ? path.Length : end + 1 + slash;
            int next = _directories.Open(path[..end]);
            if (next is -Posix.ENOENT or -Posix.ENOTDIR)
            {
                next = MakeImplied(fd, path[..end], path[start..end], next);
            }

            if (next < 0)
            {
                return next;
            }

            fd = next;
        }

        return fd;
    }

    private int MakeImplied(int parent, ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, int why)
    {
        byte[] terminated = [.. name, 0];
        // A whiteout of ours where a directory is to be: the one below is gone, this one begins anew.
        bool replaced = why == -Posix.ENOTDIR && TreeCalls.Stat(parent, terminated, out TreeStat there) == 0 && there.IsWhiteout;
        if (replaced)
        {
            TreeCalls.Unlink(parent, terminated);
        }

        int made = TreeCalls.MakeDirectory(parent, terminated, Modes.Mode0700);
        if (made < 0)
        {
            return why == -Posix.ENOTDIR ? why : made;
        }

        StateOf(path).Opaque |= replaced;
        return _directories.Open(path);
    }

    private static EngineException Unreachable(ReadOnlySpan<byte> path, ReadOnlySpan<byte> parent, int result) =>
        result switch
        {
            -Posix.EXDEV => LayerProblem.Escape(path, $"a symbolic link on its way, '{TarReader.Show(parent)}', leads out"),
            -Posix.ELOOP => LayerProblem.Escape(path, $"'{TarReader.Show(parent)}' on its way is a symbolic link without end"),
            -Posix.ENOTDIR or -Posix.EEXIST => LayerProblem.Corrupt(
                $"the entry '{TarReader.Show(path)}' lies below '{TarReader.Show(parent)}', which is no directory"
            ),
            _ => LayerProblem.Failed("opening", parent, result),
        };
}
