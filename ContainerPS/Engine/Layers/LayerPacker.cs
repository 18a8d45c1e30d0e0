using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Layers.Tar;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Layers;

/// <summary>
/// Makes a layer of a directory: its archive and its unpacked copy in one pass, each file read once. The directory is never changed and
/// never left: one file system, no symbolic link followed. The order is the names' bytes, times are whole seconds: the same tree gives the
/// same archive.
/// </summary>
/// <remarks>
/// Not taken: sockets (tar has none), overlayfs' own marks (they would hide files of layers below). A name that begins with <c>.wh.</c>
/// cannot be in a layer at all: the archive would say something else. A file that grows while it is read is cut, one that shrinks is filled
/// up with zeros, as by GNU tar.
/// </remarks>
public sealed partial class LayerPacker : IDisposable
{
    private const int BufferSize = 1 << 20;

    private readonly TarWriter _writer;
    private readonly HashSet<(ulong Device, ulong Inode)> _skipped = [];
    private readonly Dictionary<(ulong Device, ulong Inode), byte[]> _links = [];
    private readonly TarEntry _entry = new();
    private readonly Action<long>? _progress;
    private readonly CancellationToken _cancellation;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private byte[] _path = new byte[256];
    private ulong _device;
    private int _root;
    private long _bytes;

    private LayerPacker(Stream archive, Action<long>? progress, CancellationToken cancellation)
    {
        _writer = new TarWriter(archive);
        _progress = progress;
        _cancellation = cancellation;
    }

    /// <param name="directory">What to pack.</param>
    /// <param name="copy">Empty; becomes the unpacked layer.</param>
    /// <param name="archive">Takes the tar.</param>
    /// <param name="skipped">Directories whose content is left out: the store itself, when it lies in the tree.</param>
    /// <param name="progress">Bytes of files read so far.</param>
    /// <param name="cancellation">Leaves copy and archive half made: the caller deletes them.</param>
    public static void Pack(
        string directory,
        string copy,
        Stream archive,
        IReadOnlyList<string> skipped,
        Action<long>? progress,
        CancellationToken cancellation
    )
    {
        using var packer = new LayerPacker(archive, progress, cancellation);
        foreach (string path in skipped)
        {
            packer.Skip(path);
        }

        packer.PackRoot(directory, copy);
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = [];
    }

    private void Skip(string path)
    {
        if (TreeCalls.Stat(Posix.AT_FDCWD, Encoding.UTF8.GetBytes(path + '\0'), out TreeStat stat) == 0)
        {
            _skipped.Add((stat.Device, stat.Inode));
        }
    }

    private void PackRoot(string directory, string copy)
    {
        // The path itself may be a symbolic link: it is the user's own.
        int source = OpenTop(directory, 0);
        try
        {
            int target = OpenTop(copy, Posix.O_NOFOLLOW);
            try
            {
                Check(TreeCalls.Stat(source, "\0"u8, out TreeStat stat), "looking at", 0);
                _device = stat.Device;
                _root = target;
                Describe(stat, TarEntryKind.Directory, "./"u8);
                TakeAttributes(FileAttributes.Of(source));
                Metadata own = Remember();
                _writer.Begin(_entry);
                PackEntries(source, target, 0);
                Finish(target, own, 0);
            }
            finally
            {
                TreeCalls.Close(target);
            }
        }
        finally
        {
            TreeCalls.Close(source);
        }

        _writer.Finish();
    }

    private void PackEntries(int source, int target, int length)
    {
        foreach (byte[] name in SortedNames(source, length))
        {
            _cancellation.ThrowIfCancellationRequested();
            Span<byte> bare = name.AsSpan(0, name.Length - 1);
            int full = Extend(length, bare);
            if (bare.StartsWith(".wh."u8))
            {
                throw new ContainerStorageException(
                    ErrorIds.ImageInvalid,
                    $"The name '{Show(full)}' cannot be in a layer: what begins with '.wh.' removes a file there.",
                    Show(full),
                    "Rename or remove it."
                );
            }

            int found = TreeCalls.Stat(source, name, out TreeStat stat);
            if (found == -Posix.ENOENT)
            {
                continue; // gone meanwhile: the tree is alive
            }

            Check(found, "looking at", full);
            PackEntry(source, target, name, full, stat);
        }
    }

    private void PackEntry(int source, int target, byte[] name, int length, in TreeStat stat)
    {
        switch (stat.Mode & Posix.S_IFMT)
        {
            case Posix.S_IFDIR:
                PackDirectory(source, target, name, length, stat);
                break;
            case Posix.S_IFREG when stat.Links > 1 && _links.TryGetValue((stat.Device, stat.Inode), out byte[]? first):
                PackHardLink(target, name, length, stat, first);
                break;
            case Posix.S_IFREG:
                if (stat.Links > 1)
                {
                    _links.Add((stat.Device, stat.Inode), _path.AsSpan(0, length).ToArray());
                }

                PackFile(source, target, name, length, stat);
                break;
            case Posix.S_IFLNK:
                PackSymlink(source, target, name, length, stat);
                break;
            case Posix.S_IFCHR when !stat.IsWhiteout:
                PackNode(source, target, name, length, stat, TarEntryKind.CharacterDevice);
                break;
            case Posix.S_IFBLK:
                PackNode(source, target, name, length, stat, TarEntryKind.BlockDevice);
                break;
            case Posix.S_IFIFO:
                PackNode(source, target, name, length, stat, TarEntryKind.Fifo);
                break;
        }
    }

    private List<byte[]> SortedNames(int directory, int length)
    {
        var names = new List<byte[]>();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            for (int got; (got = Check(TreeCalls.ReadDirectory(directory, buffer), "reading", length)) > 0; )
            {
                for (int at = 0; at < got; )
                {
                    ushort record = BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(at + 16));
                    Span<byte> name = buffer.AsSpan(at + 19, record - 19);
                    name = name[..(name.IndexOf((byte)0) + 1)];
                    at += record;
                    if (!name.SequenceEqual(".\0"u8) && !name.SequenceEqual("..\0"u8))
                    {
                        names.Add(name.ToArray());
                    }
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        names.Sort((x, y) => x.AsSpan().SequenceCompareTo(y));
        return names;
    }

    private int Extend(int length, ReadOnlySpan<byte> name)
    {
        int separator = length > 0 ? 1 : 0;
        int full = length + separator + name.Length;
        if (_path.Length < full + 1)
        {
            Array.Resize(ref _path, Math.Max(full + 1, _path.Length * 2));
        }

        if (separator == 1)
        {
            _path[length] = (byte)'/';
        }

        name.CopyTo(_path.AsSpan(length + separator));
        return full;
    }

    private static int OpenTop(string path, int flags)
    {
        byte[] name = Encoding.UTF8.GetBytes(path + '\0');
        return LayerProblem.Check(
            TreeCalls.Open(Posix.AT_FDCWD, name, Posix.O_RDONLY | Posix.O_DIRECTORY | flags),
            "opening",
            name.AsSpan(0, name.Length - 1)
        );
    }

    private string Show(int length) => TarReader.Show(_path.AsSpan(0, length));

    private int Check(int result, string action, int length) => LayerProblem.Check(result, action, _path.AsSpan(0, length));
}
