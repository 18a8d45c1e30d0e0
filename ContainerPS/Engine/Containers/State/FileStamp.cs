using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Containers.State;

/// <summary>What changes when a file does, by one statx: enough to know that it need not be read again.</summary>
internal readonly record struct FileStamp(ulong Inode, long Length, long ModifiedNanoseconds)
{
    public bool Exists => Inode != 0;

    public static FileStamp Of(string path)
    {
        try
        {
            return Files.TryStatusAt(FileDescriptor.CurrentDirectory, path, out FileStatus status) ? From(status) : default;
        }
        catch (LinuxException)
        {
            // Getters never throw: what cannot be looked at is as good as gone to this process.
            return default;
        }
    }

    public static FileStamp Of(FileDescriptor file) => From(Files.Status(file));

    private static FileStamp From(FileStatus status) => new(status.Inode, status.Size, status.ModifiedNanoseconds);
}
