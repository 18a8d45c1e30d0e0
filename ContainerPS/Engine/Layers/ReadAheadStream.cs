using System.Buffers;
using System.Collections.Concurrent;

namespace ContainerPS.Engine.Layers;

/// <summary>
/// Reads its source on a thread of its own, a few buffers ahead: inflating and hashing run beside the making of files, which costs as much
/// again.
/// </summary>
internal sealed class ReadAheadStream : ReadOnlyStream
{
    private const int BufferSize = 512 * 1024;
    private const int Ahead = 4;

    private readonly Stream _source;
    private readonly BlockingCollection<(byte[] Buffer, int Length)> _filled = new(Ahead);
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private Exception? _failure;
    private byte[] _current = [];
    private int _start;
    private int _length;

    /// <param name="source">Owned; read by the other thread only.</param>
    public ReadAheadStream(Stream source)
    {
        _source = source;
        _thread = new Thread(Pump) { IsBackground = true, Name = "read ahead" };
        _thread.Start();
    }

    public override int Read(Span<byte> buffer)
    {
        if (_start == _length && !NextBuffer())
        {
            return 0;
        }

        int take = Math.Min(buffer.Length, _length - _start);
        _current.AsSpan(_start, take).CopyTo(buffer);
        _start += take;
        return take;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stop.Cancel();
            _thread.Join();
            Return();
            while (_filled.TryTake(out (byte[] Buffer, int Length) left))
            {
                ArrayPool<byte>.Shared.Return(left.Buffer);
            }

            _filled.Dispose();
            _stop.Dispose();
            _source.Dispose();
        }

        base.Dispose(disposing);
    }

    private bool NextBuffer()
    {
        Return();
        if (_filled.TryTake(out (byte[] Buffer, int Length) next, Timeout.Infinite))
        {
            (_current, _length) = next;
            return true;
        }

        return _failure is null ? false : throw _failure;
    }

    private void Return()
    {
        if (_current.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_current);
        }

        _current = [];
        _start = _length = 0;
    }

    private void Pump()
    {
        try
        {
            while (FillOne()) { }
        }
        catch (Exception failure)
        {
            // Told to the reader in its place; when the reader went away first, to nobody.
            _failure = failure;
        }
        finally
        {
            _filled.CompleteAdding();
        }
    }

    private bool FillOne()
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        int length = 0;
        try
        {
            for (int got; length < buffer.Length && (got = _source.Read(buffer, length, buffer.Length - length)) > 0; )
            {
                length += got;
            }
        }
        catch
        {
            // What came before the failure is good: the consumer meets the failure in its place.
            if (length > 0)
            {
                _filled.Add((buffer, length), _stop.Token);
            }

            throw;
        }

        if (length > 0)
        {
            _filled.Add((buffer, length), _stop.Token);
        }

        return length == buffer.Length;
    }
}
