using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Common;

/// <summary>How long ago something was made or renamed.</summary>
internal static class FileAge
{
    /// <summary>Since the inode was last changed, which nobody can set back; null when there is no such file.</summary>
    public static TimeSpan? Of(string path) =>
        Files.TryStatusAt(FileDescriptor.CurrentDirectory, path, out FileStatus status)
            ? TimeSpan.FromTicks((HostFacts.RealtimeNanoseconds - status.ChangedNanoseconds) / 100)
            : null;
}
