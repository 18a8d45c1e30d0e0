using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Common;

/// <summary>Replaces a file so that readers see the old or the new content, whole, also after a crash.</summary>
public static class AtomicFile
{
    /// <summary>Names that begin so are left-overs of a crash, unless a living operation owns them.</summary>
    public const string TemporaryPrefix = ".tmp-";

    /// <summary>Writes beside the file, flushes, renames over it and flushes the directory. The file is for its owner only.</summary>
    /// <param name="path">The file; its directory exists.</param>
    /// <param name="content">All of the new content.</param>
    /// <param name="durable">False leaves out both flushes: for what a reboot may take.</param>
    public static void Write(string path, ReadOnlySpan<byte> content, bool durable = true)
    {
        using var pending = Pending.Begin(path, content, durable);
        pending.Replace();
    }

    /// <summary>
    /// New content beside its file, flushed: what is left to do needs no room on the disk. For two files that are to be replaced together.
    /// Disposed before that, it leaves the file as it was.
    /// </summary>
    public sealed class Pending : IDisposable
    {
        private readonly string _path;
        private readonly string _temporary;
        private readonly bool _durable;
        private bool _isDone;

        private Pending(string path, bool durable)
        {
            _path = path;
            _durable = durable;
            _temporary = Path.Combine(Path.GetDirectoryName(path)!, TemporaryPrefix + Path.GetRandomFileName());
        }

        /// <inheritdoc cref="Write"/>
        public static Pending Begin(string path, ReadOnlySpan<byte> content, bool durable = true)
        {
            var pending = new Pending(path, durable);
            try
            {
                using FileDescriptor file = Files.Open(pending._temporary, Posix.O_WRONLY | Posix.O_CREAT | Posix.O_EXCL, Modes.Mode0600);
                file.Write(content);
                if (durable)
                {
                    file.Sync();
                }

                return pending;
            }
            catch
            {
                pending.Dispose();
                throw;
            }
        }

        /// <summary>Renames the new content over the file, and flushes the directory.</summary>
        public void Replace()
        {
            Files.Rename(_temporary, _path);
            _isDone = true;
            if (_durable)
            {
                SyncDirectory(Path.GetDirectoryName(_path)!);
            }
        }

        public void Dispose()
        {
            if (!_isDone)
            {
                Files.TryUnlink(_temporary);
                _isDone = true;
            }
        }
    }

    /// <summary>A name made, renamed or taken away is durable only when its directory is.</summary>
    public static void SyncDirectory(string directory)
    {
        using FileDescriptor descriptor = Files.OpenDirectory(directory);
        descriptor.Sync();
    }
}
