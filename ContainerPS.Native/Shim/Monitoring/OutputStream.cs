using ContainerPS.Native.Launch;

namespace ContainerPS.Native.Shim.Monitoring;

/// <summary>
/// One of the container's outputs: a FIFO that is read, logged and, while a starter is attached, copied to it. The copy is lossless: as
/// long as the attached reader is slow nothing more is read, the FIFO fills and the container waits, as it would on a pipe of its own.
/// Output leaves the FIFO only after it is in the log (<see cref="OutputJournal"/>), so that a monitor that is killed loses none.
/// </summary>
internal unsafe struct OutputStream
{
    public const int BufferSize = 16 * 1024;

    /// <summary>A read this long without a newline is one record of 16 KiB, the longest there are.</summary>
    public const int ReadSize = BufferSize - 64;

    /// <summary>-1 when there is none (any more).</summary>
    public int Fifo;
    public int Attached;
    private JournalStream _journalName;
    private byte* _buffer;
    private long _pendingAt;
    private long _pending;

    public void Begin(JournalStream name, long fifo, long attached)
    {
        _journalName = name;
        Fifo = (int)fifo;
        Attached = (int)attached;
        _buffer = null;
        _pendingAt = 0;
        _pending = 0;
        if (Attached >= 0)
        {
            MakeNonBlocking(Attached);
        }

        if (Fifo >= 0)
        {
            MakeNonBlocking(Fifo);
        }
    }

    public void UseBuffer(byte* memory) => _buffer = memory;

    public readonly bool IsHeldUp => _pending > 0;

    public readonly bool IsReadable => Fifo >= 0 && _pending == 0;

    /// <summary>Moves what there is. False when nothing could be moved: the FIFO is empty or the attached reader is not ready.</summary>
    public bool Pump(ReadOnlySpan<byte> name)
    {
        if (_pending > 0)
        {
            return DeliverPending();
        }

        if (Fifo < 0)
        {
            return false;
        }

        bool isPeeked = true;
        long length = ContainerLog.IsWanted ? OutputJournal.Peek(Fifo, _buffer, ReadSize) : OutputJournal.CannotPeek;
        if (length == OutputJournal.CannotPeek)
        {
            isPeeked = false;
            length = Sys.Read(Fifo, _buffer, ReadSize);
        }

        if (length <= 0)
        {
            if (length != -EAGAIN)
            {
                End();
            }

            return false;
        }

        if (ContainerLog.IsWanted)
        {
            Log(name, length, isPeeked);
        }

        if (Attached >= 0)
        {
            _pendingAt = 0;
            _pending = length;
            DeliverPending();
        }

        return true;
    }

    /// <summary>What a dead monitor had logged leaves the FIFO here, unlogged.</summary>
    public readonly void ConsumeNoted(long length)
    {
        if (Fifo >= 0 && length is > 0 and <= ReadSize)
        {
            OutputJournal.Consume(Fifo, _buffer, length);
        }
    }

    /// <summary>One append a round, and what it covers leaves the FIFO before the next.</summary>
    private readonly void Log(ReadOnlySpan<byte> name, long length, bool isPeeked)
    {
        for (long at = 0, taken; at < length; at += taken)
        {
            taken = ContainerLog.Format(name, _buffer + at, length - at);
            bool isPrepared = ContainerLog.Prepare();
            if (!isPeeked)
            {
                ContainerLog.Flush(isPrepared);
                continue;
            }

            OutputJournal.Note(_journalName, _buffer + at, taken);
            ContainerLog.Flush(isPrepared);
            OutputJournal.Consume(Fifo, _buffer + at, taken);
            OutputJournal.Clear();
        }
    }

    /// <summary>The reader is gone: its copy is dropped, the log goes on.</summary>
    public void Detach()
    {
        if (Attached >= 0)
        {
            Sys.Close(Attached);
        }

        Attached = -1;
        _pending = 0;
    }

    /// <summary>Every writer has closed the FIFO: a poll would report that for ever.</summary>
    private void End()
    {
        Sys.Close(Fifo);
        Fifo = -1;
        Detach();
    }

    private bool DeliverPending()
    {
        long written = Sys.Write(Attached, _buffer + _pendingAt, _pending);
        if (written > 0)
        {
            _pendingAt += written;
            _pending -= written;
            return true;
        }

        if (written != -EAGAIN)
        {
            Detach();
        }

        return written != -EAGAIN;
    }

    private static void MakeNonBlocking(int descriptor)
    {
        long flags = Sys.Call(SystemCall.fcntl, descriptor, F_GETFL);
        if (flags >= 0)
        {
            Sys.Call(SystemCall.fcntl, descriptor, F_SETFL, flags | O_NONBLOCK);
        }
    }
}
