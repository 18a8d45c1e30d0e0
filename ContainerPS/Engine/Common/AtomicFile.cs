using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Common;

/// <summary>Replaces a file so that readers see the old or the new content, whole, also after a crash.</summary>
public static class AtomicFile
{
    /// <summary>Names that begin so are left-overs of a crash, unless a living operation owns them.</summary>
    public const string TemporaryPrefix = ".tmp-";

    /// <summary>Writes beside the file, flushes, renames over it and flushes the directory.</summary>
    /// <param name="path">The file; its directory exists.</param>
    /// <param name="content">All of the new content.</param>
    /// <param name="durable">False leaves out both flushes: for what a reboot may take.</param>
    public static void Write(string path, ReadOnlySpan<byte> content, bool durable = true)
    {
        string directory = Path.GetDirectoryName(path)!;
        string temporary = Path.Combine(directory, TemporaryPrefix + Path.GetRandomFileName());
        try
        {
            using (FileDescriptor file = Files.Open(temporary, Posix.O_WRONLY | Posix.O_CREAT | Posix.O_EXCL, Modes.Mode0644))
            {
                file.Write(content);
                if (durable)
                {
                    file.Sync();
                }
            }

            Files.Rename(temporary, path);
        }
        catch
        {
            Files.TryUnlink(temporary);
            throw;
        }

        if (durable)
        {
            SyncDirectory(directory);
        }
    }

    /// <summary>A name made, renamed or taken away is durable only when its directory is.</summary>
    public static void SyncDirectory(string directory)
    {
        using FileDescriptor descriptor = Files.OpenDirectory(directory);
        descriptor.Sync();
    }
}
