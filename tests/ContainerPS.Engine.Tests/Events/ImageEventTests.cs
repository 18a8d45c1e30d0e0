using ContainerPS.Engine.Events;
using ContainerPS.Engine.Images;
using ContainerPS.Engine.Tests.Images;
using ContainerPS.Engine.Tests.Layers;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Events;

/// <summary>What the image store writes into the event journal.</summary>
public sealed class ImageEventTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public ImageEventTests() => Skip.IfNot(HostFacts.IsRoot, "layers are unpacked as root");

    public void Dispose() => _scratch.Dispose();

    [SkippableFact]
    public void Every_action_is_recorded_with_the_image_and_its_name()
    {
        var store = new ImageStore(_scratch.Store);
        byte[] layer = new TestTar().File("a", "a").End();
        Image loaded = Assert.Single(store.Import(new TestLayout(_scratch.In("app")).AddImage([layer], "v1").Write()));
        Image tagged = store.Tag(loaded, ImageReference.Parse("second"));
        store.Remove(tagged, _ => []);
        store.Remove(store.Get("app:v1"), _ => [], untagOnly: true);
        store.Remove(store.Get(loaded.Id), _ => []);
        Directory.CreateDirectory(_scratch.In("rootfs"));
        Image made = store.FromRootFs(_scratch.In("rootfs"), ImageReference.Parse("made"));
        store.Tag(made, ImageReference.Parse("again"));
        store.Remove(store.Get("made"), _ => [], force: true);

        EventList read = EventReader.Read(_scratch.Store.Root + "/events", new EventQuery(), CancellationToken.None);
        Assert.Empty(read.Warnings);
        Assert.Equal(
            [
                "load app:v1",
                "tag second",
                "untag second",
                "untag app:v1",
                "delete",
                "import made",
                "tag again",
                "untag made",
                "untag again",
                "delete made",
            ],
            read.Events.Select(found => $"{found.Action} {found.Actor.Name}".TrimEnd())
        );
        Assert.All(read.Events.Take(5), found => Assert.Equal(("image", loaded.Id), (found.Type, found.Actor.Id)));
        Assert.All(read.Events.Skip(5), found => Assert.Equal(("image", made.Id), (found.Type, found.Actor.Id)));
    }
}
