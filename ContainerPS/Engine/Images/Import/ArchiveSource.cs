using System.Text;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Layers;
using ContainerPS.Engine.Layers.Tar;

namespace ContainerPS.Engine.Images.Import;

/// <summary>
/// A tar file, its files found by name: read through once for where they lie, data skipped. A compressed one is first laid out plain in the
/// store's staging place, because layers are wanted in the manifest's order, not the archive's.
/// </summary>
internal sealed class ArchiveSource : ImportSource
{
    private const int MaximumFiles = 1 << 16;
    private const int MaximumLinks = 8;

    private readonly Dictionary<string, (long Offset, long Size)> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _links = new(StringComparer.Ordinal);
    private readonly FileStream _file;

    private ArchiveSource(FileStream file) => _file = file;

    public static ArchiveSource Read(string path, BlobStore blobs, StoreLease lease)
    {
        var source = new ArchiveSource(OpenPlain(path, blobs, lease)) { Path = path };
        try
        {
            source.ReadIndex();
            return source;
        }
        catch (TarFormatException failure)
        {
            source.Dispose();
            throw ImageContent.Invalid($"'{path}' cannot be read as an image archive: {failure.Message}.", failure);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    public override bool Contains(string name) => Find(name) is not null;

    public override Stream? TryOpen(string name) =>
        Find(name) is { } found ? new WindowStream(_file.SafeFileHandle, found.Offset, found.Size) : null;

    public override void Dispose()
    {
        _file.Dispose();
        base.Dispose();
    }

    private static FileStream OpenPlain(string path, BlobStore blobs, StoreLease lease)
    {
        FileStream file = RegularFile.OpenGiven(path);
        Compression compression = CompressionFormat.Recognise(file);
        if (compression is Compression.None)
        {
            return file;
        }

        using Stream plain = CompressionFormat.Decompress(file, compression);
        FileStream staged = blobs.Stage(lease, out _);
        try
        {
            plain.CopyTo(staged, 1 << 20);
            staged.Flush();
            staged.Position = 0;
            return staged;
        }
        catch (InvalidDataException failure)
        {
            staged.Dispose();
            throw ImageContent.Invalid($"'{path}' cannot be decompressed: {failure.Message}", failure);
        }
    }

    private void ReadIndex()
    {
        using var reader = new TarReader(_file);
        var entry = new TarEntry();
        while (reader.ReadNext(entry))
        {
            string name = Normalise(Encoding.UTF8.GetString(entry.Path));
            if (entry.Kind is TarEntryKind.File && entry.Extents is null)
            {
                _files[name] = (reader.Position, entry.Size);
            }
            else if (entry.Kind is TarEntryKind.Symlink)
            {
                _links[name] = Relative(name, Encoding.UTF8.GetString(entry.LinkPath));
            }
            else if (entry.Kind is TarEntryKind.HardLink)
            {
                _links[name] = Normalise(Encoding.UTF8.GetString(entry.LinkPath));
            }

            if (_files.Count + _links.Count > MaximumFiles)
            {
                throw new TarFormatException($"it has more than {MaximumFiles} files");
            }
        }
    }

    // docker save of old made a symbolic link where two images have one layer: "<id>/layer.tar -> ../<other>/layer.tar".
    private (long Offset, long Size)? Find(string name)
    {
        name = Normalise(name);
        for (int links = 0; links <= MaximumLinks; links++)
        {
            if (_files.TryGetValue(name, out (long Offset, long Size) found))
            {
                return found;
            }

            if (!_links.TryGetValue(name, out string? target))
            {
                return null;
            }

            name = target;
        }

        return null;
    }

    private static string Relative(string name, string target) => Normalise($"{name[..(name.LastIndexOf('/') + 1)]}{target}");

    // Only keys of our own table: nothing of the host is opened by such a name.
    private static string Normalise(string name)
    {
        var parts = new List<string>();
        foreach (string part in name.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".." && parts.Count > 0)
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else if (part is not ("." or ".."))
            {
                parts.Add(part);
            }
        }

        return string.Join('/', parts);
    }
}

/// <summary>A part of a file; several may be read at a time.</summary>
internal sealed class WindowStream(Microsoft.Win32.SafeHandles.SafeFileHandle file, long offset, long length) : Stream
{
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => _position = value;
    }

    public override int Read(Span<byte> buffer)
    {
        int take = (int)Math.Min(buffer.Length, length - _position);
        if (take <= 0)
        {
            return 0;
        }

        int got = RandomAccess.Read(file, buffer[..take], offset + _position);
        _position += got;
        return got;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) =>
        _position = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => _position + offset,
            _ => length + offset,
        };

    public override void Flush() { }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
