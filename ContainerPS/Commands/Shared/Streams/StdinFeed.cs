using System.Buffers;
using System.Globalization;
using System.Management.Automation;
using System.Text;

namespace ContainerPS.Commands;

/// <summary>
/// Writes what the pipeline brings to a process's standard input, on a thread of its own: the pipeline thread must go on taking output, or
/// a filter such as cat would wait for its reader and we for it.
/// </summary>
internal sealed class StdinFeed
{
    private const int HighWater = 1 << 20;

    private readonly object _gate = new();
    private readonly Stream _stdin;
    private readonly Action _roomAgain;
    private ArrayBufferWriter<byte> _pending = new();
    private ArrayBufferWriter<byte> _writing = new();
    private bool _complete;
    private bool _broken;

    /// <param name="stdin">Closed when the input is complete or nobody reads it any more.</param>
    /// <param name="roomAgain">Called when <see cref="IsFull"/> ends.</param>
    public StdinFeed(Stream stdin, Action roomAgain)
    {
        _stdin = stdin;
        _roomAgain = roomAgain;
        new Thread(Pump) { IsBackground = true, Name = "containerps-stdin" }.Start();
    }

    /// <summary>More is pending than should be kept in memory; the caller takes output meanwhile.</summary>
    public bool IsFull
    {
        get
        {
            lock (_gate)
            {
                return !_broken && _pending.WrittenCount >= HighWater;
            }
        }
    }

    /// <summary>A string and its LF; a byte or bytes raw; anything else as the string that PowerShell makes of it.</summary>
    public void Add(object? input)
    {
        lock (_gate)
        {
            if (_broken || _complete)
            {
                return;
            }

            switch (Argument.Unwrap(input))
            {
                case byte[] bytes:
                    _pending.Write(bytes);
                    break;
                case byte one:
                    _pending.Write([one]);
                    break;
                case string text:
                    AddLine(text);
                    break;
                default:
                    AddLine((string?)LanguagePrimitives.ConvertTo(input, typeof(string), CultureInfo.InvariantCulture));
                    break;
            }

            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Nothing more will come: the process sees the end of its input when all is written.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _complete = true;
            Monitor.Pulse(_gate);
        }
    }

    private void AddLine(string? text)
    {
        int length = Encoding.UTF8.GetByteCount(text ?? "");
        Encoding.UTF8.GetBytes(text ?? "", _pending.GetSpan(length + 1));
        _pending.GetSpan(length + 1)[length] = (byte)'\n';
        _pending.Advance(length + 1);
    }

    private void Pump()
    {
        try
        {
            while (Next() is { IsEmpty: false } bytes)
            {
                _stdin.Write(bytes.Span);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // EPIPE: the process does not want its input. That is its right, and no error (head does it).
            lock (_gate)
            {
                _broken = true;
            }

            _roomAgain();
        }

        Close();
    }

    private ReadOnlyMemory<byte> Next()
    {
        bool wasFull;
        lock (_gate)
        {
            while (_pending.WrittenCount == 0 && !_complete)
            {
                Monitor.Wait(_gate);
            }

            wasFull = _pending.WrittenCount >= HighWater;
            (_pending, _writing) = (_writing, _pending);
            _pending.ResetWrittenCount();
        }

        if (wasFull)
        {
            _roomAgain();
        }

        return _writing.WrittenMemory;
    }

    private void Close()
    {
        try
        {
            _stdin.Dispose();
        }
        catch (IOException)
        {
            // What could not be flushed is what the process did not want.
            lock (_gate)
            {
                _broken = true;
            }
        }
    }
}
