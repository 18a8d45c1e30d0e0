using ContainerPS.Native.Launch;
using ContainerPS.Native.Shim.Protocol;

namespace ContainerPS.Native.Shim.Monitoring;

/// <summary>
/// The log in the CRI's format: `2016-10-06T00:17:09.669794202Z stdout F text`. P instead of F: the line goes on in the next record.
/// Bounded: container.log moves to container.log.1 and so on when it is full. A disk that takes no more costs lines, which are counted and
/// told once it does again; it never costs the container its progress.
/// </summary>
internal static unsafe class ContainerLog
{
    /// <summary>Short lines become records several times as long: one append for what one read brought, where that is usual.</summary>
    public const int BufferSize = 64 * 1024;

    /// <summary>Room for a time stamp, the stream's name, tag and newline.</summary>
    private const int PrefixSize = 48;

    private static int _file;
    private static bool _isOpen;
    private static ulong _inode;
    private static long _size;
    private static ulong _dropped;
    private static int _lastErrno;

    private static byte* _buffer;
    private static long _used;
    private static long _recordsInBuffer;

    public static bool IsWanted => PlanBlock.Monitor->LogDirectoryPath != 0;

    public static void UseBuffer(byte* memory) => _buffer = memory;

    /// <summary>
    /// Makes records of as much of a stream's output as one append holds, and returns how much that is. Each line becomes a record; what
    /// stays without newline becomes a partial one.
    /// </summary>
    public static long Format(ReadOnlySpan<byte> stream, byte* text, long length)
    {
        byte* prefix = stackalloc byte[PrefixSize];
        TextBuffer stamp = new(prefix, PrefixSize);
        CalendarTime.Write(ref stamp, Sys.RealTime());
        stamp.Byte((byte)' ');
        stamp.Literal(stream);
        stamp.Byte((byte)' ');
        long at = 0;
        while (at < length)
        {
            long end = at;
            while (end < length && text[end] != (byte)'\n')
            {
                end++;
            }

            bool isWhole = end < length;
            if (!Record(ref stamp, isWhole ? (byte)'F' : (byte)'P', text + at, end - at))
            {
                break;
            }

            at = isWhole ? end + 1 : end;
        }

        return at;
    }

    /// <summary>
    /// Everything that an append needs and that is not the append: the file is open, has room in its bounds, and tells what was dropped.
    /// False: it would fail.
    /// </summary>
    public static bool Prepare()
    {
        if (!_isOpen && !Open())
        {
            return false;
        }

        if (_size > 0 && (ulong)(_size + _used) > PlanBlock.Monitor->LogMaxSize && !Rotate())
        {
            return false;
        }

        if (_dropped > 0)
        {
            TellDropped();
        }

        return true;
    }

    /// <summary>The append that comes next, for the journal: by these three another monitor sees whether it was done.</summary>
    public static void Describe(JournalEntry* entry)
    {
        entry->LogInode = _inode;
        entry->LogSize = _size;
        entry->RecordsLength = _used;
    }

    /// <summary>Appends what was formatted, or drops it where the log could not be prepared or takes no more.</summary>
    public static void Flush(bool isPrepared)
    {
        if (!isPrepared || !Append(_buffer, _used))
        {
            _dropped += (ulong)_recordsInBuffer;
        }

        _used = 0;
        _recordsInBuffer = 0;
    }

    /// <summary>
    /// Whether the append that a dead monitor had noted was done. A part of it (its death or a full disk came between two pages) is cut
    /// off. A log that somebody put in the file's place tells nothing: then the output is logged again rather than not at all.
    /// </summary>
    public static bool Holds(JournalEntry* entry)
    {
        if (!Open() || _inode != entry->LogInode || _size <= entry->LogSize)
        {
            return false;
        }

        if (_size >= entry->LogSize + entry->RecordsLength)
        {
            return true;
        }

        Sys.Call(SystemCall.ftruncate, _file, entry->LogSize);
        _size = entry->LogSize;
        return false;
    }

    /// <summary>
    /// False when it has no room in the buffer, or in the file without turning it: the files become as long as they may. An empty buffer
    /// takes any, because a read is shorter than it.
    /// </summary>
    private static bool Record(ref TextBuffer stamp, byte tag, byte* text, long length)
    {
        long needed = _used + stamp.Length + 3 + length;
        if (_used > 0 && (needed > BufferSize || (ulong)(_size + needed) > PlanBlock.Monitor->LogMaxSize))
        {
            return false;
        }

        Memory.Copy(_buffer + _used, stamp.Start, stamp.Length);
        _used += stamp.Length;
        _buffer[_used++] = tag;
        _buffer[_used++] = (byte)' ';
        Memory.Copy(_buffer + _used, text, length);
        _used += length;
        _buffer[_used++] = (byte)'\n';
        _recordsInBuffer++;
        return true;
    }

    /// <summary>All or nothing: half a record is cut off again.</summary>
    private static bool Append(byte* text, long length)
    {
        long written = Sys.Write(_file, text, length);
        if (written == length)
        {
            _size += length;
            return true;
        }

        _lastErrno = written < 0 ? (int)-written : ENOSPC;
        if (written > 0)
        {
            Sys.Call(SystemCall.ftruncate, _file, _size);
        }

        return false;
    }

    private static void TellDropped()
    {
        byte* line = stackalloc byte[160];
        TextBuffer text = new(line, 160);
        CalendarTime.Write(ref text, Sys.RealTime());
        text.Literal(" stderr F containerps: "u8);
        text.Number((long)_dropped);
        text.Literal(" log records were dropped here, errno "u8);
        text.Number(_lastErrno);
        text.Byte((byte)'\n');
        if (Append(line, text.Length))
        {
            _dropped = 0;
        }
    }

    private static bool Open()
    {
        byte* path = stackalloc byte[PathCapacity];
        if (!Name(path, 0))
        {
            return false;
        }

        // O_NONBLOCK: a FIFO in its place must not hold the monitor for ever.
        long opened = Sys.Open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, Modes.Mode0640);
        if (opened < 0)
        {
            _lastErrno = (int)-opened;
            return false;
        }

        _file = (int)opened;
        _isOpen = true;
        stat status;
        bool isKnown = Sys.Call(SystemCall.fstat, _file, (long)&status) >= 0;
        _size = isKnown ? status.st_size : 0;
        _inode = isKnown ? status.st_ino : 0;
        return true;
    }

    /// <summary>
    /// container.log.1 becomes .2 and so on; with one file only, it starts anew. Names move before the new file is there: a reader that
    /// follows sees a gap, never a mixture.
    /// </summary>
    private static bool Rotate()
    {
        Sys.Close(_file);
        _isOpen = false;
        byte* from = stackalloc byte[PathCapacity];
        byte* to = stackalloc byte[PathCapacity];
        int files =
            PlanBlock.Monitor->LogMaxFiles < 1 ? 1
            : PlanBlock.Monitor->LogMaxFiles > 100 ? 100
            : (int)PlanBlock.Monitor->LogMaxFiles;
        for (int i = files - 1; i > 0; i--)
        {
            if (Name(from, i - 1) && Name(to, i))
            {
                Sys.Call(SystemCall.renameat2, AT_FDCWD, (long)from, AT_FDCWD, (long)to);
            }
        }

        if (files == 1 && Name(from, 0))
        {
            Sys.Call(SystemCall.unlinkat, AT_FDCWD, (long)from);
        }

        return Open();
    }

    private const int PathCapacity = 1024;

    private static bool Name(byte* target, int index)
    {
        TextBuffer path = new(target, PathCapacity);
        path.String(PlanBlock.Text(PlanBlock.Monitor->LogDirectoryPath));
        path.Literal("/container.log"u8);
        if (index > 0)
        {
            path.Byte((byte)'.');
            path.Number(index);
        }

        path.End();
        return !path.Overflowed;
    }
}
