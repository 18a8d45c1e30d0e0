using ContainerPS.Engine.Images;
using ContainerPS.Engine.Tests.Layers;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Images;

/// <summary>
/// An opaque marker in the root of a layer hides all layers below (image-spec layer.md). overlayfs looks for its mark in no root: what is
/// below must not be among the lower directories.
/// </summary>
public sealed class OpaqueRootTests : IDisposable
{
    private readonly Scratch _scratch = new();
    private readonly ImageStore _store;

    public OpaqueRootTests()
    {
        Skip.IfNot(HostFacts.IsRoot, "owners, devices and trusted attributes need root");
        _store = new ImageStore(_scratch.Store);
    }

    public void Dispose() => _scratch.Dispose();

    [SkippableTheory]
    [InlineData(".wh..wh..opq")]
    [InlineData("./.wh..wh..opq")]
    public void What_lies_below_an_opaque_root_is_no_lower_directory(string marker)
    {
        byte[] lowest = new TestTar().File("secret/key", "K").Directory("data", mode: (int)Modes.Mode0700, uid: 7).End();
        byte[] opaque = new TestTar().File(marker, "").File("data/new", "N").End();
        byte[] top = new TestTar().File("top", "T").End();
        Image image = Assert.Single(_store.Import(new TestLayout(_scratch.In("app")).AddImage([lowest, opaque, top], "v1").Write()));
        using MountableRootFs prepared = new ImageStore(_scratch.Store).Prepare(image);
        Assert.Equal([image.Layers[2].Path, image.Layers[1].Path], prepared.LowerDirs.Skip(1));
        Assert.Equal(prepared.LowerDirs.Count, prepared.ShortLowerDirs.Count);
        // A directory that the layer only implies takes nothing from what is hidden.
        FileStatus data = Files.Status(Path.Combine(image.Layers[1].Path!, "data"));
        Assert.Equal((Modes.Mode0755, 0u), (data.Permissions, data.Uid));
    }

    [SkippableFact]
    public void A_layer_above_an_opaque_root_inherits_from_it_and_not_from_below()
    {
        byte[] lowest = new TestTar()
            .Directory("./", mode: (int)Modes.Mode0700, uid: 9)
            .Directory("data", mode: (int)Modes.Mode0700, uid: 7)
            .End();
        byte[] opaque = new TestTar().Directory("./", mode: (int)Modes.Mode0711, uid: 5).File(".wh..wh..opq", "").End();
        byte[] top = new TestTar().File("data/new", "N").End();
        Image image = Assert.Single(_store.Import(new TestLayout(_scratch.In("app")).AddImage([lowest, opaque, top], "v1").Write()));
        FileStatus root = Files.Status(image.Layers[2].Path!);
        FileStatus data = Files.Status(Path.Combine(image.Layers[2].Path!, "data"));
        Assert.Equal((Modes.Mode0711, 5u), (root.Permissions, root.Uid));
        Assert.Equal((Modes.Mode0755, 0u), (data.Permissions, data.Uid));
    }
}
