using ContainerPS.Engine.Common;
using ContainerPS.Native.Launch;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Events;

/// <summary>
/// Writes the event journal of a store: <c>events/</c>, at most eight segments of about one MiB, the oldest deleted first. An event is one
/// line, written by one append, without a lock and without a flush: after a power loss the last ones may be missing. An event that cannot
/// be written never fails the work that it is about; <see cref="TakeFailure"/> tells of it.
/// </summary>
/// <remarks>
/// The sequence number of an event is the ordinal of its line: the number in the segment's name plus the lines before it. All writers, in
/// any number of processes (this class, and the monitors by their own few lines), come to agree on it so:
/// <code>
///   1  append the line to the newest segment
///   2  it ends below the limit ─▶ done
///   3  look for a seal behind the limit
///        none             ─▶ append a seal, make the next segment; done
///        behind our line  ─▶ done
///        before our line  ─▶ our line does not count: make the next segment if nobody has, go to 1
/// </code>
/// Why no event is lost or counted twice, and no two events have one number:
/// <list type="bullet">
/// <item>The kernel does appends to a file one after another (each holds the inode's lock): lines do not mix, and what is in the file
/// before a line is there for ever.</item>
/// <item>A line counts exactly if the first seal of its segment is behind it or not there. A seal is appended only by a writer whose own
/// line has ended beyond the limit. So there is no seal below the limit, and a writer whose line ends below it need not look.</item>
/// <item>A writer whose line ends beyond the limit looks after it has written. If it finds no seal before its line, there is none, for
/// nothing can come before it any more: the line counts. If it finds one, the line does not count, and it is written again elsewhere.
/// So every acknowledged event counts exactly once.</item>
/// <item>The next segment is made only by a writer that has seen the seal, and its name is computed from what is before the first seal.
/// That is for ever as it is: whoever makes the next segment, and however often, makes the same name. A process that is killed between the
/// seal and the next segment leaves that to the next writer. A lock would add nothing, so no monitor has one to wait for.</item>
/// </list>
/// A writer that is killed between a line that does not count and its second writing had acknowledged nothing; its event is not there.
/// What a killed writer or a full disk leaves otherwise is a part of a line without its end. The next line stands behind it, and a reader
/// finds that by its begin (<see cref="EventFormat.Head"/>): the part takes no ordinal.
/// </remarks>
internal sealed class EventJournal
{
    private readonly StoreLocation _location;
    private readonly EventBounds _bounds;
    private volatile EventSegment? _newest;
    private Exception? _failure;

    /// <param name="location">The store.</param>
    /// <param name="bounds">Others than the format's for tests; the same in all processes that write.</param>
    public EventJournal(StoreLocation location, EventBounds? bounds = null)
    {
        _location = location;
        _bounds = bounds ?? EventBounds.Default;
        Directory = Path.Combine(location.Root, "events");
    }

    public string Directory { get; }

    public long SegmentSize => _bounds.SegmentSize;

    /// <summary>Writes events. A failure is kept and not thrown.</summary>
    public void Append(params ReadOnlySpan<EventEntry> events)
    {
        try
        {
            Write(EventLine.Format(events));
        }
        catch (Exception failure) when (IsOfTheDisk(failure))
        {
            Interlocked.Exchange(ref _failure, failure);
        }
    }

    /// <summary>
    /// As <see cref="Append"/>, unless the journal has this event already: for what completes the work of a killed process. The caller
    /// holds the lock of the thing that the event is about.
    /// </summary>
    public void AppendOnce(EventEntry entry)
    {
        try
        {
            if (!EventReader.Has(Directory, entry))
            {
                Write(EventLine.Format(entry));
            }
        }
        catch (Exception failure) when (IsOfTheDisk(failure))
        {
            Interlocked.Exchange(ref _failure, failure);
        }
    }

    /// <summary>Whether an event is there; false where the journal cannot be read.</summary>
    public bool Has(EventEntry entry)
    {
        try
        {
            return EventReader.Has(Directory, entry);
        }
        catch (Exception failure) when (IsOfTheDisk(failure))
        {
            Interlocked.Exchange(ref _failure, failure);
            return false;
        }
    }

    /// <summary>Why an event could not be written since the last call; null if all were.</summary>
    public Exception? TakeFailure() => Interlocked.Exchange(ref _failure, null);

    /// <summary>Sees to it that there is a journal: monitors make no directory. A failure is kept and not thrown.</summary>
    public void Prepare()
    {
        // Somebody may have taken it away since.
        if (_newest is { } newest && Files.Exists(newest.Path))
        {
            return;
        }

        try
        {
            FindNewest();
        }
        catch (Exception failure) when (IsOfTheDisk(failure))
        {
            Interlocked.Exchange(ref _failure, failure);
        }
    }

    private void Write(ReadOnlySpan<byte> lines)
    {
        for (int attempt = 0; attempt < EventFormat.Attempts; attempt++)
        {
            EventSegment segment = _newest ?? FindNewest();
            using FileDescriptor? file = Files.TryOpenAt(
                FileDescriptor.CurrentDirectory,
                segment.Path,
                Posix.O_RDWR | Posix.O_APPEND | Posix.O_NOFOLLOW
            );
            if (file is not null && TryPut(segment, file, lines))
            {
                return;
            }

            // Sealed, or deleted since it was the newest.
            _newest = null;
        }

        throw new IOException($"the event journal {Directory} was turned {EventFormat.Attempts} times while one event was written");
    }

    /// <summary>False when the segment had been sealed before the lines were written: they do not count there.</summary>
    private bool TryPut(EventSegment segment, FileDescriptor file, ReadOnlySpan<byte> lines)
    {
        WriteWhole(file, lines);
        long end = file.Position;
        if (end <= SegmentSize)
        {
            return true;
        }

        long? seal = EventSegment.FindSeal(file, SegmentSize);
        if (seal > end - lines.Length)
        {
            return true;
        }

        bool isLate = seal is not null;
        if (!isLate)
        {
            file.WriteOnce(EventFormat.Seal);
            seal = EventSegment.FindSeal(file, SegmentSize);
        }

        if (seal is { } first)
        {
            MakeNext(segment, file, first);
        }

        return !isLate;
    }

    /// <summary>
    /// One append. Where a full disk took only a part the lines are written once more, whole: the second attempt says why, or succeeds.
    /// </summary>
    private static void WriteWhole(FileDescriptor file, ReadOnlySpan<byte> lines)
    {
        if (file.WriteOnce(lines) < lines.Length && file.WriteOnce(lines) < lines.Length)
        {
            throw new LinuxException($"write({file}, {lines.Length} bytes)", Posix.ENOSPC);
        }
    }

    /// <summary>Makes the segment behind a sealed one. Its name must not come back when it was made, filled and deleted long ago.</summary>
    private void MakeNext(EventSegment segment, FileDescriptor file, long seal)
    {
        _newest = null;
        if (EventSegment.All(Directory) is [.., var newest] && newest == segment)
        {
            Make(segment.Next(file, seal));
        }
    }

    private EventSegment FindNewest()
    {
        IReadOnlyList<EventSegment> segments = EventSegment.All(Directory);
        if (segments.Count == 0)
        {
            _location.EnsureRoot();
            Files.TryMakeDirectoryAt(FileDescriptor.CurrentDirectory, Directory, Modes.Mode0700);
            var first = new EventSegment(Directory, 1);
            Make(first);
            return _newest = first;
        }

        // The newest one is never among them: a monitor, which deletes nothing, may have made several.
        foreach (EventSegment old in segments.SkipLast(_bounds.Segments))
        {
            Files.TryUnlink(old.Path);
        }

        return _newest = segments[^1];
    }

    private static bool IsOfTheDisk(Exception failure) => failure is LinuxException or IOException or UnauthorizedAccessException;

    private static void Make(EventSegment segment) =>
        Files.Open(segment.Path, Posix.O_WRONLY | Posix.O_CREAT | Posix.O_NOFOLLOW, Modes.Mode0600).Dispose();
}

/// <summary>How much of the journal is kept.</summary>
/// <param name="SegmentSize">Bytes beyond which a segment is sealed.</param>
/// <param name="Segments">How many there are, with the one that is written to.</param>
internal sealed record EventBounds(long SegmentSize, int Segments)
{
    public static EventBounds Default { get; } = new(EventFormat.SegmentSize, 8);
}
