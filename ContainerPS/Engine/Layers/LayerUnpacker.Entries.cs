using ContainerPS.Engine.Common;
using ContainerPS.Engine.Layers.Tar;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Layers;

public sealed partial class LayerUnpacker
{
    private static readonly int CreateFlags = Posix.O_WRONLY | Posix.O_CREAT | Posix.O_EXCL | Posix.O_NOFOLLOW;

    private void MakeFile(int parent, CancellationToken cancellation)
    {
        int fd = TreeCalls.Open(parent, _path.Name, CreateFlags, _entry.Mode & Modes.AccessBits);
        if (fd == -Posix.EEXIST)
        {
            Replace(ref parent);
            fd = TreeCalls.Open(parent, _path.Name, CreateFlags, _entry.Mode & Modes.AccessBits);
        }

        Check(fd, "making the file");
        try
        {
            WriteData(fd, cancellation);
            if (OwnerDiffers)
            {
                Check(TreeCalls.ChangeOwner(fd, _entry.Uid, _entry.Gid), "setting the owner of");
            }
            // After chown, which takes set-id bits away; needless where open's mode came through the umask whole.
            if ((_entry.Mode & _maskedModes) != 0)
            {
                Check(TreeCalls.ChangeMode(fd, _entry.Mode), "setting the mode of");
            }

            foreach (TarAttribute attribute in _entry.Attributes)
            {
                SetAttribute(fd, attribute);
            }

            Check(TreeCalls.SetTimes(fd, _entry.MtimeSeconds, _entry.MtimeNanoseconds), "setting the time of");
        }
        finally
        {
            TreeCalls.Close(fd);
        }
    }

    private void WriteData(int fd, CancellationToken cancellation)
    {
        if (_entry.Extents is { } extents)
        {
            WriteExtents(fd, extents, cancellation);
            return;
        }

        for (ReadOnlySpan<byte> piece = _reader.ReadData(); piece.Length > 0; piece = _reader.ReadData())
        {
            cancellation.ThrowIfCancellationRequested();
            Check(TreeCalls.Write(fd, piece), "writing");
        }
    }

    private void WriteExtents(int fd, List<TarExtent> extents, CancellationToken cancellation)
    {
        ReadOnlySpan<byte> piece = ReadOnlySpan<byte>.Empty;
        foreach (TarExtent extent in extents)
        {
            Check(TreeCalls.Seek(fd, extent.Offset), "writing");
            for (long left = extent.Length; left > 0; )
            {
                cancellation.ThrowIfCancellationRequested();
                if (piece.Length == 0)
                {
                    piece = _reader.ReadData();
                }

                int take = (int)Math.Min(left, piece.Length);
                Check(TreeCalls.Write(fd, piece[..take]), "writing");
                piece = piece[take..];
                left -= take;
            }
        }

        Check(TreeCalls.Truncate(fd, _entry.Size), "writing");
    }

    private void MakeDirectory(int parent)
    {
        int made = TreeCalls.MakeDirectory(parent, _path.Name, Modes.Mode0700);
        bool opaque = false;
        if (made == -Posix.EEXIST)
        {
            Check(TreeCalls.Stat(parent, _path.Name, out TreeStat there), "looking at");
            if (!there.IsDirectory)
            {
                opaque = there.IsWhiteout;
                Replace(ref parent);
                Check(TreeCalls.MakeDirectory(parent, _path.Name, Modes.Mode0700), "making the directory");
            }
        }
        else
        {
            Check(made, "making the directory");
        }

        Describe(_path.Full).Opaque |= opaque;
    }

    private void MakeSymlink(int parent)
    {
        if (_entry.LinkPath.Length == 0)
        {
            throw LayerProblem.Corrupt($"the symbolic link '{_path}' has no target");
        }

        byte[] target = [.. _entry.LinkPath, 0];
        int made = TreeCalls.SymbolicLink(target, parent, _path.Name);
        if (made == -Posix.EEXIST)
        {
            Replace(ref parent);
            made = TreeCalls.SymbolicLink(target, parent, _path.Name);
        }

        Check(made, "making the symbolic link");
        if (OwnerDiffers)
        {
            Check(TreeCalls.ChangeOwner(parent, _path.Name, _entry.Uid, _entry.Gid), "setting the owner of");
        }

        FinishByName(parent);
    }

    private void MakeNode(int parent)
    {
        // An archive's own 0:0 device would be read as a whiteout by the overlay: it hides a file nobody removed.
        if (_entry.Kind is TarEntryKind.CharacterDevice && _entry is { DeviceMajor: 0, DeviceMinor: 0 })
        {
            return;
        }

        int type = _entry.Kind switch
        {
            TarEntryKind.CharacterDevice => Posix.S_IFCHR,
            TarEntryKind.BlockDevice => Posix.S_IFBLK,
            _ => Posix.S_IFIFO,
        };
        int made = TreeCalls.MakeNode(
            parent,
            _path.Name,
            (uint)type | (_entry.Mode & Modes.AccessBits),
            _entry.DeviceMajor,
            _entry.DeviceMinor
        );
        if (made == -Posix.EEXIST)
        {
            Replace(ref parent);
            made = TreeCalls.MakeNode(
                parent,
                _path.Name,
                (uint)type | (_entry.Mode & Modes.AccessBits),
                _entry.DeviceMajor,
                _entry.DeviceMinor
            );
        }

        Check(made, "making the special file");
        if (OwnerDiffers)
        {
            Check(TreeCalls.ChangeOwner(parent, _path.Name, _entry.Uid, _entry.Gid), "setting the owner of");
        }

        Check(TreeCalls.ChangeMode(parent, _path.Name, _entry.Mode), "setting the mode of");
        FinishByName(parent);
    }

    private void FinishByName(int parent)
    {
        foreach (TarAttribute attribute in _entry.Attributes)
        {
            SetAttribute(parent, _path.Name, attribute);
        }

        Check(TreeCalls.SetTimes(parent, _path.Name, _entry.MtimeSeconds, _entry.MtimeNanoseconds), "setting the time of");
    }

    private void MakeHardLink(int parent)
    {
        _target.Set(_entry.LinkPath);
        if (_target.IsRoot)
        {
            throw LayerProblem.Corrupt($"the hard link '{_path}' leads to a directory");
        }

        if (_target.Full.SequenceEqual(_path.Full))
        {
            return;
        }

        int made = Link(parent);
        if (made == -Posix.EEXIST)
        {
            Replace(ref parent);
            made = Link(parent);
        }

        if (made == -Posix.ENOENT)
        {
            throw LayerProblem.Corrupt($"the hard link '{_path}' leads to '{_target}', which this layer does not have");
        }

        if (made == -Posix.EPERM)
        {
            throw LayerProblem.Corrupt($"the hard link '{_path}' leads to '{_target}', which is a directory");
        }

        Check(made, "making the hard link");
    }

    private int Link(int parent)
    {
        // Looked up anew each time: taking away what was in the way closes the cached descriptors.
        int directory = _directories.Open(_target.Parent);
        if (directory is -Posix.EXDEV or -Posix.ELOOP)
        {
            throw LayerProblem.Escape(_path.Full, $"its target '{_target}' leads out through a symbolic link");
        }

        if (directory == -Posix.ENOTDIR)
        {
            return -Posix.ENOENT;
        }

        return directory < 0
            ? directory
            : TreeCalls.HardLink(
                directory,
                _target.Name,
                _directories.Open(_path.Parent) is var fresh and >= 0 ? fresh : parent,
                _path.Name
            );
    }

    /// <summary>Takes away what an earlier entry of the same name made: the later one wins (POSIX pax).</summary>
    private void Replace(ref int parent)
    {
        Check(TreeCalls.Stat(parent, _path.Name, out TreeStat there), "looking at");
        Check(TreeRemoval.Delete(parent, _path.Name, out _), "replacing");
        if (!there.IsDirectory && !there.IsSymlink)
        {
            return;
        }

        ForgetBelow(_path.Full);
        _directories.Forget();
        parent = OpenParent(_path);
    }

    private bool OwnerDiffers => _entry.Uid != _uid || _entry.Gid != _gid;

    private void Check(int result, string action) => LayerProblem.Check(result, action, _path.Full);
}
