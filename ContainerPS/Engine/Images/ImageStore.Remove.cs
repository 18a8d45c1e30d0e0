using ContainerPS.Engine.Common;
using ContainerPS.Engine.Layers;

namespace ContainerPS.Engine.Images;

public sealed partial class ImageStore
{
    /// <summary>Takes away the image's tag, and the image with what only it uses when it was the last.</summary>
    /// <param name="image">The image, by the tag that it was got by.</param>
    /// <param name="usersOf">
    /// Names of the containers that use an image, by its id; asked while nobody can prepare one. Containers whose record names the image
    /// are counted in any case, also where the record is damaged or of a newer version.
    /// </param>
    /// <param name="force">Take away all tags at once. An image in use is refused all the same.</param>
    /// <param name="untagOnly">Keep the image, dangling.</param>
    /// <remarks>
    /// What a container's record, or an image that cannot be read, may need stays: <see cref="RemoveResult.Warnings"/> then says which.
    /// </remarks>
    /// <exception cref="ContainerResourceBusyException"><see cref="ErrorIds.ImageInUse"/>, naming the containers.</exception>
    public RemoveResult Remove(Image image, Func<string, IReadOnlyList<string>> usersOf, bool force = false, bool untagOnly = false) =>
        StoreFailure.Explain($"Removing the image '{image}'", image.ToString(), () => TakeAway(image, usersOf, force, untagOnly));

    private RemoveResult TakeAway(Image image, Func<string, IReadOnlyList<string>> usersOf, bool force, bool untagOnly)
    {
        // In this order: whoever prepares a container holds the first shared and may take the second for a moment.
        using var use = ObjectLock.Acquire(Location, ObjectLockKind.Image, UseLock, $"removing the image {image}");
        using var session = StoreSession.Open(Location, $"removing the image {image}");
        List<RefEntry> entries = Doomed(session.Refs, image, force);
        IReadOnlyList<RecordedUse> containers = ContainerUse.Read(Location);
        var left = session.Refs.Images.Except(entries).ToList();
        bool keepsImage = untagOnly || left.Any(entry => entry.Digest == entries[0].Digest);
        if (!keepsImage)
        {
            RefuseInUse(image, [.. usersOf(image.Id).Union(UsersOf(image, containers))]);
        }

        if (untagOnly && !left.Any(entry => entry.Digest == entries[0].Digest))
        {
            left.Add(entries[0] with { Name = null });
        }

        session.Commit(
            left,
            [
                .. entries.Select(entry => new RefChange
                {
                    Time = DateTimeOffset.UtcNow,
                    Action = keepsImage ? "untag" : "delete",
                    Name = entry.Name,
                    Previous = entry.Digest,
                }),
            ]
        );
        var untagged = entries
            .Where(entry => entry.Name is not null)
            .Select(entry => ImageReference.Parse(entry.Name!).ToString())
            .ToList();
        untagged.ForEach(name => Record(image, EventActions.Untag, name));
        if (keepsImage)
        {
            return new RemoveResult(untagged, [], 0);
        }

        Record(image, EventActions.Delete);

        return Sweep(StoreNeeds.Of(Location, _blobs, session.Refs.Images, containers), untagged, [image.Id]);
    }

    /// <summary>Deletes blobs and layers that nothing in the store may need. Returns what went.</summary>
    /// <param name="needs">What is kept.</param>
    /// <param name="untagged">For the result.</param>
    /// <param name="images">For the result.</param>
    /// <param name="only">Digests; null for all.</param>
    private RemoveResult Sweep(StoreNeeds needs, IReadOnlyList<string> untagged, IReadOnlyList<string> images, HashSet<string>? only = null)
    {
        var deleted = images.ToList();
        long reclaimed = 0;
        foreach (Digest layer in _layers.List().Where(layer => needs.MayDeleteLayers && !needs.Layers.Contains(layer) && IsMeant(layer)))
        {
            reclaimed += _layers.Delete(layer);
            deleted.Add(layer.ToString());
        }

        foreach (Digest blob in _blobs.List().Where(blob => needs.MayDeleteBlobs && !needs.Blobs.Contains(blob) && IsMeant(blob)).ToList())
        {
            reclaimed += _blobs.Delete(blob);
            _contents.TryRemove(blob, out _);
        }

        bool IsMeant(Digest digest) => only is null || only.Contains(digest.ToString());

        return new RemoveResult(untagged, deleted, reclaimed)
        {
            Warnings = [.. needs.Holders, .. StoreTrash.TakeFailures(Location).Select(failure => failure.Message)],
        };
    }

    /// <summary>Names of the containers whose records, of whatever version, name the image.</summary>
    private static IEnumerable<string> UsersOf(Image image, IReadOnlyList<RecordedUse> containers)
    {
        Digest[] digests = [.. ((string[])[image.Id, image.Digest, image.ManifestDigest]).Select(Digest.Parse)];
        return containers.Where(container => container.Uses(digests)).Select(container => container.Name);
    }

    private static List<RefEntry> Doomed(RefsDocument refs, Image image, bool force)
    {
        var digest = Digest.Parse(image.Digest);
        var all = refs.Images.Where(entry => entry.Digest == digest).ToList();
        var named = all.Where(entry => image.Reference is null || entry.Name == image.Reference.FullName).ToList();
        if (all.Count == 0 || named.Count == 0)
        {
            throw ContainerObjectNotFoundException.Image(image.ToString());
        }

        if (force)
        {
            return all;
        }

        if (image.Reference is not null || named.Count == 1)
        {
            return named;
        }

        throw new ContainerResourceBusyException(
            ErrorIds.ImageInUse,
            $"The image {image.ShortId} has {named.Count} names: {string.Join(", ", image.RepoTags)}.",
            image.RepoTags,
            image.Id,
            "Remove it by a name, or all of them with -Force."
        );
    }

    private static void RefuseInUse(Image image, IReadOnlyList<string> users)
    {
        if (users.Count == 0)
        {
            return;
        }

        throw new ContainerResourceBusyException(
            ErrorIds.ImageInUse,
            $"The image '{image}' is in use by {(users.Count == 1 ? "the container" : "the containers")} {string.Join(", ", users)}.",
            users,
            image.ToString(),
            "Remove them first (Remove-Container), or take only the name away (Remove-Image -Untag)."
        );
    }
}
