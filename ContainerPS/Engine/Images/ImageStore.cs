using System.Diagnostics.CodeAnalysis;
using ContainerPS.Engine.Common;

namespace ContainerPS.Engine.Images;

/// <summary>
/// The local images: an OCI image layout, tags of our own, layers unpacked beside it. Several processes use one store at a time; every
/// change is whole or not there at all, also after a crash.
/// </summary>
/// <remarks>
/// The ordinary use: <see cref="FromRootFs"/> or <see cref="Import"/> brings an image, <see cref="Prepare"/> gives the directories that a container's overlay
/// is made of, <see cref="Remove"/> takes it away again when no container needs it.
/// </remarks>
public sealed partial class ImageStore
{
    public ImageStore(StoreLocation location) => Location = location;

    public StoreLocation Location { get; }

    /// <summary>The image of a reference, an id or an unambiguous prefix of an id; a name wins over an id.</summary>
    /// <exception cref="ContainerObjectNotFoundException"><see cref="ErrorIds.ImageNotFound"/>.</exception>
    /// <exception cref="EngineException"><see cref="ErrorIds.ImageIdAmbiguous"/>.</exception>
    public Image Get(string reference) => TryGet(reference, out var image) ? image : throw ContainerObjectNotFoundException.Image(reference);

    /// <inheritdoc cref="Get"/>
    public bool TryGet(string reference, [NotNullWhen(true)] out Image? image) => throw new NotImplementedException();

    /// <summary>All images, one object for each tag and for each dangling image, newest first.</summary>
    public IReadOnlyList<Image> List() => throw new NotImplementedException();

    /// <summary>Makes an image with one layer from a directory (never changed) or a tar file (plain, gzip, zstd).</summary>
    public Image FromRootFs(string directoryOrTar, ImageReference name, ImageConfig? config = null, IProgress<ImageProgress>? progress = null, CancellationToken cancellation = default) => throw new NotImplementedException();

    /// <summary>Takes in an OCI layout (directory or tar) or a docker-archive (also gzip): every image, every platform, artifacts too.</summary>
    public IReadOnlyList<Image> Import(string path, ImportOptions? options = null, CancellationToken cancellation = default) => throw new NotImplementedException();

    /// <summary>Gives an image one more name; a name that another image has moves.</summary>
    public Image Tag(Image image, ImageReference name) => throw new NotImplementedException();

    /// <summary>Takes away the image's tag, and the image with what only it uses when it was the last.</summary>
    /// <param name="image">The image, by the tag that it was got by.</param>
    /// <param name="usersOf">Names of the containers that use an image, by its id; asked under the store's lock.</param>
    /// <param name="force">Take away all tags at once. An image in use is refused all the same.</param>
    /// <param name="untagOnly">Keep the image, dangling.</param>
    /// <exception cref="ContainerResourceBusyException"><see cref="ErrorIds.ImageInUse"/>, naming the containers.</exception>
    public RemoveResult Remove(Image image, Func<string, IReadOnlyList<string>> usersOf, bool force = false, bool untagOnly = false) => throw new NotImplementedException();

    /// <summary>The directories of the image's overlay, unpacked when they are not yet.</summary>
    public MountableRootFs Prepare(Image image, IProgress<ImageProgress>? progress = null, CancellationToken cancellation = default) => throw new NotImplementedException();

    /// <summary>The lower directories of a rootfs that is not an image: the init layer above the directory.</summary>
    public MountableRootFs PrepareDirectory(string rootFs) => throw new NotImplementedException();
}
