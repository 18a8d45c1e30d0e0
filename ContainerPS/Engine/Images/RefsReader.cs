using ContainerPS.Engine.Common;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Images;

/// <summary>Reads refs.json without a lock (it is only ever replaced whole) and again only when it was replaced.</summary>
internal sealed class RefsReader
{
    private readonly Lock _gate = new();
    private Stamp _stamp;
    private RefsDocument _refs = new();
    private bool _foreign;

    /// <param name="store">The store.</param>
    /// <param name="foreign">True when index.json is not the one that belongs to the refs.</param>
    public RefsDocument Read(StoreLocation store, out bool foreign)
    {
        lock (_gate)
        {
            var stamp = new Stamp(Identity.Of(store.RefsFile), Identity.Of(OciLayout.IndexPath(store)));
            if (stamp != _stamp)
            {
                _refs = ReadOrShow(store);
                _foreign = _refs.Problem is null && stamp.Index != default && _refs.PublishedIndex != Digest.Of(OciLayout.ReadIndex(store));
                _stamp = stamp;
            }

            foreign = _foreign;
            return _refs;
        }
    }

    // A damaged list must not hide the images: what was published of it shows them.
    private static RefsDocument ReadOrShow(StoreLocation store)
    {
        try
        {
            return RefsDocument.Read(store.RefsFile);
        }
        catch (ContainerStorageException failure)
        {
            return new RefsDocument { Images = OciLayout.Published(store), Problem = failure.Message };
        }
    }

    private readonly record struct Stamp(Identity Refs, Identity Index);

    private readonly record struct Identity(ulong Inode, long Size, long Modified)
    {
        public static Identity Of(string path) =>
            Files.TryStatusAt(FileDescriptor.CurrentDirectory, path, out FileStatus status)
                ? new Identity(status.Inode, status.Size, status.ModifiedNanoseconds)
                : default;
    }
}
