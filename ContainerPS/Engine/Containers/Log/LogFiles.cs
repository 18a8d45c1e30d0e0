using System.Globalization;
using ContainerPS.Engine.Common;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.Log;

/// <summary>
/// The files of a log: container.log, and container.log.1, .2 … as they were renamed, the highest number the oldest. The monitor may rotate
/// at any moment: what is open stays what it was, and is known by its inode.
/// </summary>
internal static class LogFiles
{
    /// <summary>Opens all of them, oldest first, as they stood at one moment.</summary>
    public static List<LogFile> OpenAll(string current)
    {
        while (true)
        {
            List<LogFile> files = TryOpenAll(current);
            ulong newest = files.Count == 0 ? 0 : files[^1].Inode;
            // Rotated while we opened: a file may be there twice or have slipped through.
            if (newest == InodeOf(current))
            {
                return files;
            }

            files.ForEach(file => file.Dispose());
        }
    }

    /// <summary>
    /// Opens what follows the file with <paramref name="inode"/>; null when nothing does yet. When that file has been rotated away, the
    /// oldest that is left.
    /// </summary>
    public static LogFile? OpenNext(string current, ulong inode)
    {
        if (InodeOf(current) == inode)
        {
            return null;
        }

        List<LogFile> files = OpenAll(current);
        int index = files.FindIndex(file => file.Inode == inode) + 1;
        LogFile? next = index < files.Count ? files[index] : null;
        foreach (LogFile file in files)
        {
            if (file != next)
            {
                file.Dispose();
            }
        }

        return next;
    }

    private static List<LogFile> TryOpenAll(string current)
    {
        var files = new List<LogFile>();
        for (int number = 0; ; number++)
        {
            string path = number == 0 ? current : string.Create(CultureInfo.InvariantCulture, $"{current}.{number}");
            FileDescriptor? file = Open(path);
            if (file is not null)
            {
                files.Insert(0, new LogFile(file));
            }
            else if (number > 0)
            {
                return files;
            }
        }
    }

    private static FileDescriptor? Open(string path)
    {
        try
        {
            return RegularFile.TryOpenOwn(path);
        }
        catch (InvalidDataException other)
        {
            throw new ContainerStorageException(
                ErrorIds.StoreCorrupt,
                $"The log '{path}' cannot be read: {other.Message} is in its place.",
                path,
                "Move it away; the next start of the container begins a log.",
                other
            );
        }
    }

    private static ulong InodeOf(string path) =>
        Files.TryStatusAt(FileDescriptor.CurrentDirectory, path, out FileStatus status) ? status.Inode : 0;
}
