using ContainerPS.Engine.Common;

namespace ContainerPS.Engine.Images;

public sealed partial class ImageStore
{
    /// <summary>Gives an image one more name; a name that another image has moves, and leaves that one dangling.</summary>
    public Image Tag(Image image, ImageReference name) =>
        StoreFailure.Explain($"Tagging the image '{image}'", image.ToString(), () => Name(image, name));

    private Image Name(Image image, ImageReference name)
    {
        using (var session = StoreSession.Open(Location, $"tagging {image}"))
        {
            var digest = Digest.Parse(image.Digest);
            RefEntry entry =
                session.Refs.Images.FirstOrDefault(known => known.Digest == digest)
                ?? throw ContainerObjectNotFoundException.Image(image.ToString());
            Commit(session, [entry with { Name = name.FullName, Added = DateTimeOffset.UtcNow }]);
        }

        Image tagged = Get(name.ToString());
        Record(tagged, EventActions.Tag);
        return tagged;
    }

    /// <summary>Adds entries to the names. The caller holds the session and has published what they lead to.</summary>
    private static void Commit(StoreSession session, IReadOnlyList<RefEntry> entries)
    {
        IEnumerable<RefChange> changes = entries.Select(entry => new RefChange
        {
            Time = entry.Added,
            Action = "tag",
            Name = entry.Name,
            Digest = entry.Digest,
            Previous = session.Refs.Images.FirstOrDefault(known => entry.Name is not null && known.Name == entry.Name)?.Digest,
        });
        session.Commit(
            OciLayout.Merge([.. session.Refs.Images.Where(known => !entries.Any(entry => RefsDocument.SameName(known, entry)))], entries),
            [.. changes]
        );
    }
}
