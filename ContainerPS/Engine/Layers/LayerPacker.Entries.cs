using ContainerPS.Engine.Layers.Tar;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Layers;

public sealed partial class LayerPacker
{
    /// <summary>Unit of st_blocks, whatever the file system's own is.</summary>
    private const long BlockSize = 512;

    /// <summary>Below this, holes are filled: an archive without sparse entries is read by more programs.</summary>
    private const long WorthwhileHoles = 64 * 1024;

    /// <summary>More than this many pieces: the map would be larger than what it saves.</summary>
    private const int MaximumExtents = 1 << 16;

    /// <summary>What a copied directory gets once all below it is made.</summary>
    private readonly record struct Metadata(uint Mode, uint Uid, uint Gid, long Mtime, TarAttribute[] Attributes);

    private void PackDirectory(int source, int target, byte[] name, int length, in TreeStat stat)
    {
        int below = Check(TreeCalls.Open(source, name, Posix.O_RDONLY | Posix.O_DIRECTORY | Posix.O_NOFOLLOW), "opening", length);
        try
        {
            Describe(stat, TarEntryKind.Directory, [.. _path.AsSpan(0, length), (byte)'/']);
            TakeAttributes(FileAttributes.Of(below));
            Metadata own = Remember();
            _writer.Begin(_entry);
            Check(TreeCalls.MakeDirectory(target, name, Modes.Mode0700), "copying", length);
            int copy = Check(TreeCalls.Open(target, name, Posix.O_RDONLY | Posix.O_DIRECTORY | Posix.O_NOFOLLOW), "copying", length);
            try
            {
                // Another file system mounted here is not part of the tree: an empty directory, as `tar --one-file-system` leaves it.
                if (stat.Device == _device && !_skipped.Contains((stat.Device, stat.Inode)))
                {
                    PackEntries(below, copy, length);
                }

                Finish(copy, own, length);
            }
            finally
            {
                TreeCalls.Close(copy);
            }
        }
        finally
        {
            TreeCalls.Close(below);
        }
    }

    private void PackFile(int source, int target, byte[] name, int length, in TreeStat stat)
    {
        // O_NONBLOCK: a FIFO may have taken the file's place.
        int from = Check(TreeCalls.Open(source, name, Posix.O_RDONLY | Posix.O_NOFOLLOW | Posix.O_NONBLOCK), "opening", length);
        try
        {
            Describe(stat, TarEntryKind.File, _path.AsSpan(0, length));
            _entry.Size = stat.Size;
            _entry.Extents = ExtentsOf(from, stat, length);
            TakeAttributes(FileAttributes.Of(from));
            _writer.Begin(_entry);
            int to = Check(
                TreeCalls.Open(target, name, Posix.O_WRONLY | Posix.O_CREAT | Posix.O_EXCL | Posix.O_NOFOLLOW, Modes.Mode0600),
                "copying",
                length
            );
            try
            {
                CopyFile(from, to, stat.Size, length);
                Finish(to, Remember(), length);
            }
            finally
            {
                TreeCalls.Close(to);
            }
        }
        finally
        {
            TreeCalls.Close(from);
        }
    }

    /// <summary>The pieces of a file that has holes worth keeping; null for a file that is to be packed whole.</summary>
    private List<TarExtent>? ExtentsOf(int file, in TreeStat stat, int length)
    {
        if (stat.Size - (stat.Blocks * BlockSize) < WorthwhileHoles)
        {
            return null;
        }

        var extents = new List<TarExtent>();
        long stored = 0;
        for (long at = 0; at < stat.Size && extents.Count <= MaximumExtents; )
        {
            long data = TreeCalls.Seek(file, at, Posix.SEEK_DATA);
            if (data == -Posix.ENXIO || data >= stat.Size)
            {
                break;
            }

            // A file system that knows no holes says that all is data; one that cannot be asked answers EINVAL.
            long hole = data < 0 ? data : TreeCalls.Seek(file, data, Posix.SEEK_HOLE);
            if (hole < 0)
            {
                Check(TreeCalls.Seek(file, 0), "reading", length);
                return null;
            }

            at = Math.Min(hole, stat.Size);
            extents.Add(new TarExtent(data, at - data));
            stored += at - data;
        }

        Check(TreeCalls.Seek(file, 0), "reading", length);
        if (extents.Count > MaximumExtents || stat.Size - stored < WorthwhileHoles)
        {
            return null;
        }

        // GNU tar and Go's reader take the file's end from the last piece.
        if (extents.Count == 0 || extents[^1].Offset + extents[^1].Length < stat.Size)
        {
            extents.Add(new TarExtent(stat.Size, 0));
        }

        return extents;
    }

    private void CopyFile(int from, int to, long size, int length)
    {
        bool isWhole = true;
        foreach (TarExtent extent in _entry.Extents ?? [new TarExtent(0, size)])
        {
            if (_entry.Extents is not null && extent.Length > 0)
            {
                Check(TreeCalls.Seek(from, extent.Offset), "reading", length);
                Check(TreeCalls.Seek(to, extent.Offset), "copying", length);
            }

            isWhole = isWhole && CopyData(from, to, extent.Length, length);
        }

        if (!isWhole)
        {
            _writer.PadMissing();
        }

        if (!isWhole || _entry.Extents is not null)
        {
            Check(TreeCalls.Truncate(to, size), "copying", length);
        }
    }

    /// <summary>Copies one piece; false when the file has become shorter.</summary>
    private bool CopyData(int from, int to, long size, int length)
    {
        long left = size;
        while (left > 0)
        {
            _cancellation.ThrowIfCancellationRequested();
            int got = Check(TreeCalls.Read(from, _buffer.AsSpan(0, (int)Math.Min(left, _buffer.Length))), "reading", length);
            if (got == 0)
            {
                return false;
            }

            _writer.Write(_buffer.AsSpan(0, got));
            Check(TreeCalls.Write(to, _buffer.AsSpan(0, got)), "copying", length);
            left -= got;
            _progress?.Invoke(_bytes += got);
        }

        return true;
    }

    private void PackHardLink(int target, byte[] name, int length, in TreeStat stat, byte[] first)
    {
        Describe(stat, TarEntryKind.HardLink, _path.AsSpan(0, length));
        _entry.LinkPath = first;
        _writer.Begin(_entry);
        // The first name lies in our own copy, beneath the same root as this one.
        Check(TreeCalls.HardLink(_root, [.. first, 0], target, name), "linking", length);
    }

    private void PackSymlink(int source, int target, byte[] name, int length, in TreeStat stat)
    {
        Span<byte> link = stackalloc byte[4096];
        int linkLength = Check(TreeCalls.ReadLink(source, name, link), "reading", length);
        Describe(stat, TarEntryKind.Symlink, _path.AsSpan(0, length));
        _entry.LinkPath = link[..linkLength].ToArray();
        TakeAttributes(FileAttributes.Of(source, name));
        _writer.Begin(_entry);
        Check(TreeCalls.SymbolicLink([.. _entry.LinkPath, 0], target, name), "copying", length);
        FinishByName(target, name, length);
    }

    private void PackNode(int source, int target, byte[] name, int length, in TreeStat stat, TarEntryKind kind)
    {
        Describe(stat, kind, _path.AsSpan(0, length));
        _entry.DeviceMajor = kind is TarEntryKind.Fifo ? 0 : stat.RdevMajor;
        _entry.DeviceMinor = kind is TarEntryKind.Fifo ? 0 : stat.RdevMinor;
        TakeAttributes(FileAttributes.Of(source, name));
        _writer.Begin(_entry);
        Check(
            TreeCalls.MakeNode(target, name, (stat.Mode & Posix.S_IFMT) | Modes.Mode0600, _entry.DeviceMajor, _entry.DeviceMinor),
            "copying",
            length
        );
        FinishByName(target, name, length);
        Check(TreeCalls.ChangeMode(target, name, stat.Mode), "setting the mode of", length);
    }

    private void Describe(in TreeStat stat, TarEntryKind kind, ReadOnlySpan<byte> path)
    {
        _entry.Reset();
        _entry.Kind = kind;
        _entry.Path = path.ToArray();
        _entry.Mode = stat.Mode & Modes.AllBits;
        _entry.Uid = stat.Uid;
        _entry.Gid = stat.Gid;
        _entry.MtimeSeconds = stat.MtimeSeconds;
    }

    private void TakeAttributes(IReadOnlyList<(byte[] Name, byte[] Value)> attributes)
    {
        foreach ((byte[]? name, byte[]? value) in attributes)
        {
            _entry.Attributes.Add(new TarAttribute(name[..^1], value));
        }
    }

    private Metadata Remember() => new(_entry.Mode, _entry.Uid, _entry.Gid, _entry.MtimeSeconds, [.. _entry.Attributes]);

    private void Finish(int fd, Metadata metadata, int length)
    {
        Check(TreeCalls.ChangeOwner(fd, metadata.Uid, metadata.Gid), "setting the owner of", length);
        Check(TreeCalls.ChangeMode(fd, metadata.Mode), "setting the mode of", length);
        foreach (TarAttribute attribute in metadata.Attributes)
        {
            byte[] name = [.. attribute.Name, 0];
            Check(TreeCalls.SetAttribute(fd, name, attribute.Value), "setting an attribute of", length);
        }

        Check(TreeCalls.SetTimes(fd, metadata.Mtime, 0), "setting the time of", length);
    }

    private void FinishByName(int target, byte[] name, int length)
    {
        Check(TreeCalls.ChangeOwner(target, name, _entry.Uid, _entry.Gid), "setting the owner of", length);
        foreach (TarAttribute attribute in _entry.Attributes)
        {
            byte[] attributeName = [.. attribute.Name, 0];
            Check(TreeCalls.SetAttribute(target, name, attributeName, attribute.Value), "setting an attribute of", length);
        }

        Check(TreeCalls.SetTimes(target, name, _entry.MtimeSeconds, 0), "setting the time of", length);
    }
}
