using ContainerPS.Engine.Common;
using ContainerPS.Engine.Images;
using ContainerPS.Engine.Layers;
using ContainerPS.Engine.Tests.Layers;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Images;

/// <summary>How many layers an image may have, and what a kernel before 6.5 takes.</summary>
public sealed class LayerLimitTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void An_image_that_is_made_here_has_at_most_127_layers()
    {
        LayerLimits.RequireMade(127);
        EngineException failure = Assert.Throws<EngineException>(() => LayerLimits.RequireMade(128));
        Assert.Equal(EngineErrorKind.LimitExceeded, failure.Kind);
        Assert.Contains("127", failure.Message, StringComparison.Ordinal);
        Assert.NotNull(failure.Remedy);
    }

    [SkippableTheory]
    [InlineData(499, true)]
    [InlineData(500, false)]
    public void An_import_takes_499_layers_and_refuses_more_before_it_unpacks_or_keeps_any(int count, bool isTaken)
    {
        Skip.IfNot(HostFacts.IsRoot, "owners, devices and trusted attributes need root");
        string layout = new TestLayout(_scratch.In("many")).AddImage(LayersOf(count), "v1").Write();
        var store = new ImageStore(_scratch.Store);
        if (isTaken)
        {
            Assert.Equal(count, Assert.Single(store.Import(layout)).Layers.Count);
            return;
        }

        EngineException failure = Assert.Throws<EngineException>(() => store.Import(layout));
        Assert.Equal((ErrorIds.ImageInvalid, EngineErrorKind.LimitExceeded), (failure.ErrorId, failure.Kind));
        Assert.Contains("500", failure.Message, StringComparison.Ordinal);
        Assert.Empty(_scratch.LeftOvers());
        Assert.Empty(new LayerStore(_scratch.Store).List());
        Assert.Empty(Directory.GetFiles(Path.Combine(_scratch.Store.OciLayout, "blobs", "sha256")));
    }

    [Fact]
    public void Before_linux_6_5_about_130_layers_fit_and_more_are_refused_with_the_number_and_the_way_out()
    {
        // Lengths as in the default store.
        var store = new StoreLocation("/var/lib/containerps", "/run/containerps");
        string container = $"{store.Containers}/{new string('a', 64)}";
        int fitting = Enumerable.Range(1, 400).Last(count => Fits(count));
        Assert.InRange(fitting, 125, 140);
        EngineException failure = Assert.Throws<EngineException>(() => Require(fitting + 1));
        Assert.Equal((ErrorIds.ImageNotRunnable, EngineErrorKind.LimitExceeded), (failure.ErrorId, failure.Kind));
        Assert.Contains($"the image 'app' has {fitting + 1} layers", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"enough for {fitting}.", failure.Message, StringComparison.Ordinal);
        Assert.Contains("6.5", failure.Remedy, StringComparison.Ordinal);
        // The label of SELinux has its place on the page.
        Assert.Throws<EngineException>(() => Require(fitting, mountLabel: "system_u:object_r:container_file_t:s0:c1,c2"));
        Require(499, canAppendLower: true);
        Assert.Contains("499", Assert.Throws<EngineException>(() => Require(500, canAppendLower: true)).Message, StringComparison.Ordinal);

        // Names that need no store on disk: what a short link of it is, is what ShortNameOf gives (tested below).
        void Require(int count, bool canAppendLower = false, string? mountLabel = null) =>
            OverlayNames.RequireMountable(
                store,
                "the image 'app'",
                [$"{store.Layers}/init/fs", .. Enumerable.Range(0, count).Select(i => $"l/{i:D26}")],
                container + "/upper",
                container + "/work",
                isVolatile: true,
                mountLabel,
                canAppendLower
            );

        bool Fits(int count)
        {
            try
            {
                Require(count);
                return true;
            }
            catch (EngineException)
            {
                return false;
            }
        }
    }

    [SkippableFact]
    public void Short_names_lead_to_the_layers_and_never_to_another_one_with_the_same_beginning()
    {
        Skip.IfNot(HostFacts.IsRoot, "owners, devices and trusted attributes need root");
        var layers = new LayerStore(_scratch.Store);
        var first = Digest.Parse(Digest.Prefix + new string('a', 64));
        var twin = Digest.Parse(Digest.Prefix + new string('a', 40) + new string('b', 24));
        string init = layers.EnsureInitLayer();
        foreach (Digest layer in (Digest[])[first, twin])
        {
            Directory.CreateDirectory(layers.DirectoryOf(layer));
            File.WriteAllText(Path.Combine(layers.DirectoryOf(layer), layer.Hex), "");
        }

        IReadOnlyList<string> names = OverlayNames.ShortOf(
            _scratch.Store,
            [init, layers.DirectoryOf(first), layers.DirectoryOf(twin), "/some/rootfs"]
        );
        Assert.Equal(["init/fs", LayerStore.LinkOf(first), $"{twin.Hex}/fs", "/some/rootfs"], names);
        Assert.True(File.Exists(Path.Combine(_scratch.Store.Layers, names[1], first.Hex)));
        Assert.True(File.Exists(Path.Combine(_scratch.Store.Layers, names[2], twin.Hex)));
        Assert.Equal(
            names,
            OverlayNames.ShortOf(_scratch.Store, [init, layers.DirectoryOf(first), layers.DirectoryOf(twin), "/some/rootfs"])
        );
    }

    private static byte[][] LayersOf(int count) => [.. Enumerable.Range(0, count).Select(i => new TestTar().File($"f{i}", "x").End())];
}
