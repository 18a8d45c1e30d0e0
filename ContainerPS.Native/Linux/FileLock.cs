using System.Runtime.InteropServices;
using System.Text;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

/// <summary>
/// An flock on a file of its own. The kernel releases it when the last descriptor closes, so a killed holder never blocks anybody. The
/// holder writes who it is into the file, for the error text of those that wait in vain.
/// </summary>
/// <remarks>
/// The file is never renamed. It is unlinked only by <see cref="RemoveFile"/>, while held: who got the lock of an unlinked file sees by
/// the link count that it is nobody's lock any more, and opens anew.
/// </remarks>
public sealed class FileLock : IDisposable
{
    private FileLock(string path, FileDescriptor descriptor)
    {
        Path = path;
        Descriptor = descriptor;
    }

    public string Path { get; }

    /// <summary>Close-on-exec.</summary>
    public FileDescriptor Descriptor { get; }

    /// <summary>Null when somebody else holds it.</summary>
    public static FileLock? TryAcquire(string path, string? holder = null, bool shared = false)
    {
        while (true)
        {
            FileDescriptor file = Files.Open(path, O_RDWR | O_CREAT | O_NOFOLLOW, Modes.Mode0600);
            if (!TryLock(file, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB))
            {
                file.Dispose();
                return null;
            }

            if (Files.Status(file).Links > 0)
            {
                return Held(path, file, holder, shared);
            }

            file.Dispose();
        }
    }

    /// <summary>The lock of a directory, on the directory itself. Null when somebody else holds it, and when there is none.</summary>
    public static FileLock? TryAcquireDirectory(string path)
    {
        FileDescriptor? directory = Files.TryOpenAt(FileDescriptor.CurrentDirectory, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (directory is null || TryLock(directory, LOCK_EX | LOCK_NB))
        {
            return directory is null ? null : new(path, directory);
        }

        directory.Dispose();
        return null;
    }

    /// <summary>Waits for it. Others see <paramref name="holder"/> in their error texts: "Start-Container web".</summary>
    /// <exception cref="TimeoutException">Names the holder.</exception>
    public static FileLock Acquire(
        string path,
        TimeSpan timeout,
        string? holder = null,
        bool shared = false,
        CancellationToken cancellation = default
    )
    {
        return TryAcquire(path, holder, shared) ?? WaitFor(path, timeout, holder, shared, cancellation);
    }

    /// <summary>
    /// flock has no time-out of its own, and a blocking call would need a thread and a signal. Whoever lets go of the lock closes the file,
    /// its killed holder too, and inotify tells of that. The waiter's own descriptor stays open meanwhile: closing it would wake the other
    /// waiters for nothing, and they this one.
    /// </summary>
    private static FileLock WaitFor(string path, TimeSpan timeout, string? holder, bool shared, CancellationToken cancellation)
    {
        long end = Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        while (true)
        {
            FileDescriptor file = Files.Open(path, O_RDWR | O_CREAT | O_NOFOLLOW, Modes.Mode0600);
            bool isHeld = false;
            try
            {
                isHeld = TryWaitFor(path, file, shared, end, cancellation);
                if (isHeld)
                {
                    return Held(path, file, holder, shared);
                }
            }
            finally
            {
                if (!isHeld)
                {
                    file.Dispose();
                }
            }
        }
    }

    /// <summary>True with the lock; false when the file is not the lock's any more.</summary>
    private static bool TryWaitFor(string path, FileDescriptor file, bool shared, long end, CancellationToken cancellation)
    {
        // Made before the next attempt: what is closed between the two is not missed.
        using var closes = Inotify.TryWatchClose(path);
        while (true)
        {
            if (TryLock(file, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB))
            {
                return Files.Status(file).Links > 0;
            }

            if (closes is null || Files.Status(file).Links == 0)
            {
                return false;
            }

            long left = end - Environment.TickCount64;
            if (
                left <= 0
                || !Readiness.WaitAsync([closes.Descriptor], TimeSpan.FromMilliseconds(left), cancellation).GetAwaiter().GetResult()
            )
            {
                throw new TimeoutException($"The lock {path} is held by {ReadHolder(path) ?? "another process"}.");
            }

            closes.Drain();
        }
    }

    /// <summary>True while somebody holds it exclusively. Takes and drops a shared lock to find out.</summary>
    public static bool IsHeld(string path)
    {
        using FileDescriptor? file = Files.TryOpenAt(FileDescriptor.CurrentDirectory, path, O_RDONLY | O_NONBLOCK);
        return file is not null && !TryLock(file, LOCK_SH | LOCK_NB);
    }

    /// <summary>What the last holder wrote: "Start-Container web (pid 123)"; null when it wrote nothing.</summary>
    public static string? ReadHolder(string path)
    {
        using FileDescriptor? file = Files.TryOpenAt(FileDescriptor.CurrentDirectory, path, O_RDONLY | O_NONBLOCK);
        string text = file is null ? "" : Encoding.UTF8.GetString(file.ReadToEnd()).Trim();
        return text.Length == 0 ? null : text;
    }

    /// <summary>Unlinks the file while the lock is held: its object is gone for good.</summary>
    public void RemoveFile() => Files.TryUnlink(Path);

    public void Dispose()
    {
        if (!Descriptor.IsClosed)
        {
            // Not by the close alone: a process that another thread starts just now has a copy of the descriptor until its exec.
            flock(Descriptor, LOCK_UN);
        }

        Descriptor.Dispose();
    }

    private static FileLock Held(string path, FileDescriptor file, string? holder, bool shared)
    {
        if (holder is not null && !shared)
        {
            Note(file, holder);
        }

        return new(path, file);
    }

    // Only for the error texts of those that wait. On a full disk the lock is as good without it.
    private static void Note(FileDescriptor file, string holder)
    {
        try
        {
            file.Truncate(0);
            file.WriteAt(Encoding.UTF8.GetBytes($"{holder} (pid {Environment.ProcessId})\n"), 0);
        }
        catch (LinuxException failure) when (failure.Errno is ENOSPC or EDQUOT)
        {
            return;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static bool TryLock(FileDescriptor file, int operation)
    {
        int result = flock(file, operation);
        if (result < 0 && Marshal.GetLastPInvokeError() is EWOULDBLOCK or EINTR)
        {
            return false;
        }

        LinuxException.Check(result, $"flock({file}, {operation})");
        return true;
    }
}
