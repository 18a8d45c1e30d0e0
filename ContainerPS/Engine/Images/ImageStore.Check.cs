using System.Globalization;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Layers;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Images;

public sealed partial class ImageStore
{
    /// <summary>
    /// Looks at images, layers, blobs, leases and left-overs, and tells what is wrong; nothing where all is well. Without
    /// <paramref name="repair"/> it changes nothing.
    /// </summary>
    /// <param name="repair">
    /// Sets right what can be: removes left-overs and what nothing needs, writes published documents again, puts the list of names together
    /// again from <c>oci/index.json</c>, unpacks layers that containers miss. Never deletes what something unreadable may need.
    /// </param>
    /// <param name="deep">Reads every blob of every image and compares it with its digest.</param>
    /// <param name="progress">Bytes hashed.</param>
    /// <param name="cancellation">Ends it between two steps.</param>
    /// <returns>What was wrong; <see cref="StorageProblem.Repaired"/> where it no longer is.</returns>
    internal IReadOnlyList<StorageProblem> Check(
        bool repair = false,
        bool deep = false,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellation = default
    ) => StoreFailure.Explain("Checking the image store", Location.Root, () => CheckStore(repair, deep, progress, cancellation));

    /// <summary>Sets right those of the problems that are still there; what of them is left, a second check shows.</summary>
    internal void Repair(IReadOnlyList<StorageProblem> problems, CancellationToken cancellation)
    {
        StoreCheck found = Look(out bool isKnown, cancellation);
        if (isKnown)
        {
            SetRight(found, problems, cancellation);
        }
    }

    private IReadOnlyList<StorageProblem> CheckStore(
        bool repair,
        bool deep,
        IProgress<WorkProgress>? progress,
        CancellationToken cancellation
    )
    {
        if (!Files.Exists(OciLayout.VersionPath(Location)))
        {
            return [];
        }

        StoreCheck found = Look(out bool isKnown, cancellation);
        if (deep && isKnown)
        {
            HashAll(found, progress, cancellation);
        }

        if (!repair || !isKnown || found.Problems.Count == 0)
        {
            return found.Problems;
        }

        SetRight(found, found.Problems, cancellation);
        IReadOnlyList<StorageProblem> left = Look(out _, cancellation).Problems;
        return
        [
            .. found.Problems.Select(problem => problem with { Repaired = !IsLeft(problem, left) }),
            .. left.Where(problem => !found.Problems.Any(problem.IsSame)),
        ];
    }

    private StoreCheck Look(out bool isKnown, CancellationToken cancellation)
    {
        const string purpose = "checking the image store";
        using var use = ObjectLock.Acquire(Location, ObjectLockKind.Image, UseLock, purpose, cancellation: cancellation);
        using var held = ObjectLock.AcquireStore(Location, purpose, cancellation: cancellation);
        var check = new StoreCheck(Location, _blobs, _layers);
        isKnown = check.Run();
        return check;
    }

    // A blob found damaged by its digest is not looked at a second time: it is as it was, unless it was removed.
    private bool IsLeft(StorageProblem problem, IReadOnlyList<StorageProblem> left) =>
        left.Any(problem.IsSame)
        || (problem.Kind is StorageProblemKind.DamagedBlob && Digest.TryParse(problem.Target, out Digest blob) && _blobs.Contains(blob));

    // Without a lock: a blob that is removed meanwhile is none that could be damaged.
    private void HashAll(StoreCheck found, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        long total = found.Named.Keys.Sum(_blobs.SizeOf);
        long before = 0;
        foreach ((Digest digest, string name) in found.Named)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                using FileStream blob = _blobs.Open(digest);
                long start = before;
                using var hashing = new HashingStream(
                    blob,
                    progress: done => progress?.Report(new WorkProgress("Checking", digest.Hex[..12], start + done, total))
                );
                hashing.Drain(cancellation);
                before += blob.Length;
                if (hashing.Digest != digest && !found.Problems.Any(known => known.Target == digest.ToString()))
                {
                    found.AddDamaged(digest, name, $"The blob {digest} has another content, with the digest {hashing.Digest}.");
                }
            }
            catch (FileNotFoundException) when (!_blobs.Contains(digest))
            {
                // Removed since it was listed.
                continue;
            }
        }
    }

    private void SetRight(StoreCheck found, IReadOnlyList<StorageProblem> wanted, CancellationToken cancellation)
    {
        HashSet<string> targets = [.. found.Problems.Where(problem => wanted.Any(problem.IsSame)).Select(problem => problem.Target)];
        if (found.Refs is null && targets.Contains(Location.RefsFile))
        {
            RestoreRefs(found);
        }

        // First, because a container with a missing layer holds the sweep up.
        UnpackMissing([.. found.MissingLayers.Where(layer => targets.Contains(layer.ToString()))], cancellation);
        SweepAll(targets, cancellation);
        foreach (string path in StoreTrash.Entries(Location))
        {
            StoreTrash.Delete(path);
        }
    }

    /// <summary>Only for a damaged list: one that a newer version wrote is whole, and stays.</summary>
    private void RestoreRefs(StoreCheck found)
    {
        if (!found.Problems.Any(problem => problem.Target == Location.RefsFile && problem.Kind is StorageProblemKind.DamagedDocument))
        {
            return;
        }

        using var held = ObjectLock.AcquireStore(Location, "putting the list of image names together again");
        string stamp = DateTimeOffset.UtcNow.ToString("yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture);
        Files.Rename(Location.RefsFile, $"{Location.RefsFile}.damaged-{stamp}");
        // Also of images that are not whole: their blobs must not become garbage.
        new RefsDocument { Images = OciLayout.Published(Location) }.Write(Location.RefsFile);
    }

    /// <summary>Left-overs go in any case, as they do whenever somebody changes the store; layers and blobs when they are wanted.</summary>
    private void SweepAll(HashSet<string> targets, CancellationToken cancellation)
    {
        const string purpose = "repairing the image store";
        using var use = ObjectLock.Acquire(Location, ObjectLockKind.Image, UseLock, purpose, cancellation: cancellation);
        StoreSession session;
        try
        {
            session = StoreSession.Open(Location, purpose, cancellation);
        }
        catch (ContainerStorageException)
        {
            // The list of names is of a newer version: nothing may be swept. The second look says so.
            return;
        }

        using (session)
        {
            OciLayout.RestoreMarker(Location);
            IReadOnlyList<RecordedUse> containers = ContainerUse.Read(Location);
            var needs = StoreNeeds.Of(Location, _blobs, session.Refs.Images, containers);
            _ = Sweep(needs, [], [], targets);
            DropDamagedLayers(needs, containers, targets);
        }
    }

    /// <summary>Layers that can be unpacked again, and that no container has mounted.</summary>
    private void DropDamagedLayers(StoreNeeds needs, IReadOnlyList<RecordedUse> containers, HashSet<string> targets)
    {
        if (!needs.MayDeleteLayers)
        {
            return;
        }

        foreach (Digest layer in _layers.List().Where(layer => !containers.Any(container => container.Digests.Contains(layer))))
        {
            LayerDocument? document = _layers.Describe(layer, out ContainerStorageException? problem);
            bool isDamaged =
                problem is { InnerException: System.Text.Json.JsonException }
                || (problem is null && (document is null || document.ChainId != layer || !Directory.Exists(_layers.DirectoryOf(layer))));
            string path = Path.Combine(Path.GetDirectoryName(_layers.DirectoryOf(layer))!, LayerDocument.FileName);
            if (isDamaged && (targets.Contains(layer.ToString()) || targets.Contains(path)))
            {
                _layers.Delete(layer);
            }
        }
    }

    private void UnpackMissing(HashSet<Digest> missing, CancellationToken cancellation)
    {
        if (missing.Count == 0)
        {
            return;
        }

        foreach (RefEntry entry in ReadRefs().Images)
        {
            if (TryContent(entry.Digest) is { } content && content.Layers.Any(layer => missing.Contains(layer.ChainId)))
            {
                Unpack(Assemble(entry, ReadRefs(), shares: null), content, null, cancellation);
            }
        }
    }
}
