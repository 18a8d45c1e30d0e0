using ContainerPS.Engine.Common;
using ContainerPS.Engine.Layers;

namespace ContainerPS.Engine.Tests.Layers;

public sealed class LayerDocumentTests
{
    [Fact]
    public void What_is_known_of_a_layer_is_known_of_the_one_that_is_there()
    {
        using var scratch = new Scratch();
        var layers = new LayerStore(scratch.Store);
        var id = Digest.Of("a layer"u8);
        string directory = Directory.CreateDirectory(Path.GetDirectoryName(layers.DirectoryOf(id))!).FullName;
        Assert.Null(layers.Describe(id));

        var document = new LayerDocument
        {
            ChainId = id,
            DiffId = id,
            Size = 1,
            DiskUsage = 2,
        };
        document.Write(directory);
        Assert.Equal(2, layers.Describe(id)!.DiskUsage);
        Assert.Same(layers.Describe(id), layers.Describe(id));

        // Another process removed it and unpacked it again.
        Directory.Delete(directory, recursive: true);
        Assert.Null(layers.Describe(id));
        Directory.CreateDirectory(directory);
        (document with { DiskUsage = 3, LostAttributes = ["security.ima"] }).Write(directory);
        Assert.Equal(["security.ima"], layers.Describe(id)!.LostAttributes);
    }
}
