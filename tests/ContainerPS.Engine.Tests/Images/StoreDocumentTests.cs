using System.Text.Json.Nodes;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Images;
using ContainerPS.Engine.Layers;
using ContainerPS.Engine.Tests.Common;
using ContainerPS.Engine.Tests.Layers;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Images;

/// <summary>
/// The documents of the image store over versions: older ones are read, what a newer one added is kept, and what is damaged or too new is
/// shown and protected.
/// </summary>
public sealed class StoreDocumentTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_list_of_names_of_each_schema_is_read_and_written_as_the_newest(int schema)
    {
        File.Copy(Golden($"refs.schema{schema}.json"), _scratch.Store.RefsFile);
        var refs = RefsDocument.Read(_scratch.Store.RefsFile);
        Assert.Equal(["docker.io/library/app:latest", null], refs.Images.Select(image => image.Name));
        Assert.Equal("blue", refs.Images[0].Annotations!["team"]);
        Assert.Equal(405, refs.Images[0].Size);
        Assert.Equal(new string('d', 64), Assert.Single(refs.Retired).Digest.Hex);
        refs.Write(_scratch.Store.RefsFile);
        Assert.Equal(File.ReadAllText(Golden("refs.schema2.json")), File.ReadAllText(_scratch.Store.RefsFile));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_document_of_a_layer_of_each_schema_is_read_and_written_as_the_newest(int schema)
    {
        var document = LayerDocument.Read(Golden($"layer.schema{schema}.json"));
        Assert.Equal((2048, "security.ima"), (document.Size, Assert.Single(document.LostAttributes!)));
        document.Write(_scratch.Path);
        Assert.Equal(File.ReadAllText(Golden("layer.schema2.json")), File.ReadAllText(_scratch.In(LayerDocument.FileName)));
    }

    [Fact]
    public void What_a_newer_version_added_survives_a_change_by_this_one()
    {
        JsonNode document = JsonNode.Parse(File.ReadAllText(Golden("refs.schema2.json")))!;
        (document["schema"], document["minReader"], document["mirrors"]) = (7, 2, new JsonArray("one"));
        document["images"]![0]!["signedBy"] = new JsonObject { ["key"] = "k" };
        File.WriteAllText(_scratch.Store.RefsFile, document.ToJsonString());
        var refs = RefsDocument.Read(_scratch.Store.RefsFile);
        refs.With([refs.Images[0] with { Name = "docker.io/library/else:latest" }]).Write(_scratch.Store.RefsFile);
        JsonNode written = JsonNode.Parse(File.ReadAllText(_scratch.Store.RefsFile))!;
        Assert.Equal((7, 2), ((int)written["schema"]!, (int)written["minReader"]!));
        Assert.Equal("one", (string)written["mirrors"]![0]!);
        Assert.Equal("k", (string)written["images"]![0]!["signedBy"]!["key"]!);

        JsonNode layer = JsonNode.Parse(File.ReadAllText(Golden("layer.schema2.json")))!;
        (layer["schema"], layer["format"]) = (5, "tree");
        LayerDocument.Read(_scratch.Write("layer", System.Text.Encoding.UTF8.GetBytes(layer.ToJsonString()))).Write(_scratch.Path);
        JsonNode again = JsonNode.Parse(File.ReadAllText(_scratch.In(LayerDocument.FileName)))!;
        Assert.Equal((5, "tree"), ((int)again["schema"]!, (string)again["format"]!));
    }

    [SkippableTheory]
    [InlineData("""{"schema":9,"minReader":9,"images":[]}""", "newer version")]
    [InlineData("""{"schemaVersion":9,"images":[]}""", "newer version")]
    [InlineData("""{"schema":2,"images":[{"name":"x"}]}""", "damaged")]
    [InlineData("""{"schema":2,"images":[null]}""", "damaged")]
    [InlineData("""{"schema":2,"ima""", "damaged")]
    [InlineData("", "damaged")]
    [InlineData("null", "damaged")]
    public void Images_are_shown_though_their_list_cannot_be_read_and_nothing_of_them_is_changed(string refs, string why)
    {
        Skip.IfNot(HostFacts.IsRoot, "owners, devices and trusted attributes need root");
        Image image = Make("a");
        File.WriteAllText(_scratch.Store.RefsFile, refs);
        var store = new ImageStore(_scratch.Store);
        Image shown = Assert.Single(store.List());
        Assert.Equal(("a", image.Id), (shown.ToString(), shown.Id));
        Assert.Contains(why, shown.Problem, StringComparison.Ordinal);
        Assert.Equal(image.Id, store.Get("a").Id);
        EngineException failure = Assert.ThrowsAny<EngineException>(() => store.Remove(shown, _ => [], force: true));
        Assert.Equal(ErrorIds.StoreCorrupt, failure.ErrorId);
        Assert.NotNull(failure.Remedy);
        Assert.Equal(refs, File.ReadAllText(_scratch.Store.RefsFile));
        Assert.True(Directory.Exists(image.Layers[0].Path));
    }

    [SkippableTheory]
    [InlineData("""{"schema":9,"minReader":9}""", "missing required")]
    [InlineData("not JSON", "damaged")]
    [InlineData("", "damaged")]
    public void An_image_with_a_damaged_layer_document_is_shown_can_run_and_can_be_removed(string text, string why)
    {
        Skip.IfNot(HostFacts.IsRoot, "owners, devices and trusted attributes need root");
        Image image = Make("a");
        File.WriteAllText(DocumentOf(image), text);
        var store = new ImageStore(_scratch.Store);
        Image shown = store.Get("a");
        Assert.Contains(why, shown.Problem, StringComparison.Ordinal);
        Assert.Equal((image.Id, 1), (shown.Id, shown.Layers.Count));
        using (MountableRootFs prepared = store.Prepare(shown))
        {
            Assert.Equal(2, prepared.LowerDirs.Count);
        }

        Assert.Contains(image.Layers[0].ChainId, store.Remove(shown, _ => []).Deleted);
    }

    [SkippableFact]
    public void A_layer_that_only_a_newer_version_understands_is_shown_and_not_mounted()
    {
        Skip.IfNot(HostFacts.IsRoot, "owners, devices and trusted attributes need root");
        Image image = Make("a");
        JsonNode document = JsonNode.Parse(File.ReadAllText(DocumentOf(image)))!;
        (document["schema"], document["minReader"]) = (9, 9);
        File.WriteAllText(DocumentOf(image), document.ToJsonString());
        var store = new ImageStore(_scratch.Store);
        Image shown = store.Get("a");
        Assert.Contains("newer version", shown.Problem, StringComparison.Ordinal);
        Assert.Equal(ErrorIds.StoreCorrupt, Assert.Throws<ContainerStorageException>(() => store.Prepare(shown)).ErrorId);
        Assert.Contains(image.Layers[0].ChainId, store.Remove(shown, _ => []).Deleted);
    }

    /// <summary>
    /// Found and shown as damage; a repair makes it again where that can be done. The published index is made again by the first command.
    /// </summary>
    [SkippableTheory]
    [InlineData("refs.json", true)]
    [InlineData("index.json", true)]
    [InlineData("oci-layout", true)]
    [InlineData("layer.json", true)]
    [InlineData("manifest", false)]
    [InlineData("version", false)]
    public void A_FIFO_in_the_place_of_a_document_is_damage_and_nothing_waits_at_it(string document, bool isRepaired)
    {
        Skip.IfNot(HostFacts.IsRoot, "owners, devices and trusted attributes need root");
        Image image = Make("a");
        string path = document switch
        {
            "refs.json" => _scratch.Store.RefsFile,
            "layer.json" => DocumentOf(image),
            "manifest" => Path.Combine(_scratch.Store.OciLayout, "blobs", "sha256", image.ManifestDigest[7..]),
            "version" => Path.Combine(_scratch.Store.Root, document),
            _ => Path.Combine(_scratch.Store.OciLayout, document),
        };
        File.Delete(path);
        Files.MakeFifo(path, Modes.Mode0600);

        Fifos.Within(path, () => Assert.Single(new ImageStore(_scratch.Store).List()));
        Fifos.Within(
            path,
            () =>
            {
                IReadOnlyList<StorageProblem> found = new ImageStore(_scratch.Store).Check(deep: true);
                Assert.True(found.Count > 0 || document == "index.json");
                Assert.All(found, problem => Assert.Equal(isRepaired, problem.CanRepair));
            }
        );
        Fifos.Within(path, () => new ImageStore(_scratch.Store).Check(repair: true));
        if (isRepaired)
        {
            Fifos.Within(path, () => Assert.Empty(new ImageStore(_scratch.Store).Check(deep: true)));
            Make("b");
            Assert.Equal(["a", "b"], new ImageStore(_scratch.Store).List().Select(found => found.ToString()).Order());
        }
    }

    private static string DocumentOf(Image image) => Path.Combine(Path.GetDirectoryName(image.Layers[0].Path!)!, LayerDocument.FileName);

    private static string Golden(string name) => Path.Combine(AppContext.BaseDirectory, "Golden", name);

    private Image Make(string name)
    {
        string rootfs = _scratch.In("rootfs");
        Directory.CreateDirectory(rootfs);
        File.WriteAllText(Path.Combine(rootfs, "name"), name);
        return new ImageStore(_scratch.Store).FromRootFs(rootfs, ImageReference.Parse(name));
    }
}
