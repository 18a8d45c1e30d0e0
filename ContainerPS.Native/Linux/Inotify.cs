using System.Runtime.InteropServices;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

/// <summary>
/// Tells that something happened to the entries of a directory, or to a file (man 7 inotify). What happened is looked up by the caller:
/// events may be merged or lost, that there was one is not.
/// </summary>
public sealed class Inotify : IDisposable
{
    private const uint DirectoryEvents = IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF;

    private Inotify(FileDescriptor descriptor) => Descriptor = descriptor;

    /// <summary>Readable when there was an event.</summary>
    public FileDescriptor Descriptor { get; }

    /// <summary>
    /// Writes to files of a directory, entries that come and go, and the directory's own removal. Null when there is no such directory.
    /// </summary>
    public static Inotify? TryWatchDirectory(string path) => TryWatch(path, DirectoryEvents | IN_ONLYDIR);

    /// <summary>That somebody closed a file, and its removal. Null when there is no such file.</summary>
    public static Inotify? TryWatchClose(string path) => TryWatch(path, IN_CLOSE_WRITE | IN_CLOSE_NOWRITE | IN_DELETE_SELF | IN_ATTRIB);

    /// <summary>Takes the events that are waiting: from now on it is readable after a new one only.</summary>
    public void Drain()
    {
        Span<byte> events = stackalloc byte[4096];
        while (Files.Poll(Descriptor, POLLIN, 0) != 0 && Descriptor.Read(events) > 0) { }
    }

    public void Dispose() => Descriptor.Dispose();

    private static Inotify? TryWatch(string path, uint events)
    {
        int number = inotify_init1((int)(IN_CLOEXEC | IN_NONBLOCK));
        var descriptor = new FileDescriptor(LinuxException.Check(number, $"inotify_init1(IN_CLOEXEC | IN_NONBLOCK)"));
        if (inotify_add_watch(descriptor, path, events) >= 0)
        {
            return new Inotify(descriptor);
        }

        int errno = Marshal.GetLastPInvokeError();
        descriptor.Dispose();
        return errno is ENOENT or ENOTDIR ? null : throw new LinuxException($"inotify_add_watch({path})", errno);
    }
}
