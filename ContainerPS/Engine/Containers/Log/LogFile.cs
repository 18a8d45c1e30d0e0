using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.Log;

/// <summary>One file of a log, read line by line. What has no line feed yet stays for the next read.</summary>
internal sealed class LogFile(FileDescriptor file) : IDisposable
{
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private long _offset;

    public ulong Inode { get; } = Files.Status(file).Inode;

    public long Length => Files.Status(file).Size;

    /// <summary>Begins before the last <paramref name="count"/> lines; tells how many lines lie behind that point.</summary>
    public int SeekToLast(int count)
    {
        byte[] chunk = new byte[64 * 1024];
        int found = 0;
        // The last byte ends the last line: it is not the line feed before one.
        for (long end = Length; end > 0; )
        {
            long begin = Math.Max(0, end - chunk.Length);
            int read = file.ReadAt(chunk.AsSpan(0, (int)(end - begin)), begin);
            for (int i = read - 1; i >= 0; i--)
            {
                if (chunk[i] != '\n' || ++found <= count)
                {
                    continue;
                }

                _offset = begin + i + 1;
                return count;
            }

            end = begin;
        }

        _offset = 0;
        return found;
    }

    /// <summary>The next whole line, without its line feed; false when there is none (yet).</summary>
    public bool TryReadLine(out ReadOnlySpan<byte> line)
    {
        while (true)
        {
            int feed = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (feed >= 0)
            {
                line = _buffer.AsSpan(_start, feed);
                _start += feed + 1;
                return true;
            }

            line = default;
            if (!Fill())
            {
                return false;
            }
        }
    }

    public void Dispose() => file.Dispose();

    private bool Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        int read = file.ReadAt(_buffer.AsSpan(_end), _offset);
        _end += read;
        _offset += read;
        return read > 0;
    }
}
