namespace ContainerPS.Engine.Common;

/// <summary>
/// Looks at one part of the store, and sets right what is wrong with it. Each noun brings checkers of its own kinds of problems; all of
/// them are listed in <see cref="ContainerStorage"/>.
/// </summary>
/// <remarks>
/// Ordinary use: <see cref="Look"/>; the user decides; <see cref="Repair"/> with the problems that were chosen; <see cref="Look"/> again,
/// which shows what was set right. Between the steps no lock is held. So a problem may be gone, and what was broken may be in use, when
/// Repair comes: it takes the lock of each thing, looks at it again, and leaves alone what is well.
/// What a record, or something that cannot be read, may need is never deleted; what is not certainly this store's is not touched.
/// </remarks>
internal interface IStorageChecker
{
    /// <summary>The kinds that this checker finds. A kind is found by one checker only.</summary>
    IReadOnlyList<StorageProblemKind> Kinds { get; }

    /// <summary>Finds what is wrong, and changes nothing. What another process is just working on is no problem.</summary>
    IEnumerable<StorageProblem> Look(StorageTestOptions options, CancellationToken cancellation);

    /// <summary>
    /// Sets right these, which <see cref="Look"/> has found, all with <see cref="StorageProblem.CanRepair"/>. Returns them, with
    /// <see cref="StorageProblem.Failure"/> where that failed; the failure of one does not keep it from the others.
    /// </summary>
    IReadOnlyList<StorageProblem> Repair(IReadOnlyList<StorageProblem> problems, CancellationToken cancellation);
}

/// <summary>How the store is looked at.</summary>
public sealed record StorageTestOptions
{
    /// <summary>Also reads every blob of every image and compares it with its digest.</summary>
    public bool Deep { get; init; }

    /// <summary>Bytes read by a deep check.</summary>
    public IProgress<WorkProgress>? Progress { get; init; }
}
