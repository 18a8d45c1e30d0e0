using ContainerPS.Engine.Common;

namespace ContainerPS.Engine.Images;

/// <summary>Images, layers, blobs, names and leases, as <see cref="ImageStore"/> looks at them.</summary>
internal sealed class ImageChecker(ImageStore images) : IStorageChecker
{
    public IReadOnlyList<StorageProblemKind> Kinds =>
        [
            StorageProblemKind.MissingBlob,
            StorageProblemKind.DamagedBlob,
            StorageProblemKind.UnreferencedBlob,
            StorageProblemKind.MissingLayer,
            StorageProblemKind.DamagedLayer,
            StorageProblemKind.UnreferencedLayer,
            StorageProblemKind.DamagedDocument,
            StorageProblemKind.NewerDocument,
            StorageProblemKind.LeftOver,
        ];

    public IEnumerable<StorageProblem> Look(StorageTestOptions options, CancellationToken cancellation) =>
        images.Check(deep: options.Deep, progress: options.Progress, cancellation: cancellation);

    public IReadOnlyList<StorageProblem> Repair(IReadOnlyList<StorageProblem> problems, CancellationToken cancellation)
    {
        images.Repair(problems, cancellation);
        return problems;
    }
}
