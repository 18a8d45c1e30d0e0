using System.Text.Json.Nodes;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Images;
using ContainerPS.Engine.Tests.Layers;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Images;

/// <summary>A removal never deletes what a container's record, or an image that cannot be read, may need.</summary>
public sealed class ProtectionTests : IDisposable
{
    private static readonly Func<string, IReadOnlyList<string>> NoUsers = _ => [];

    private readonly Scratch _scratch = new();
    private readonly ImageStore _store;

    public ProtectionTests()
    {
        Skip.IfNot(HostFacts.IsRoot, "owners, devices and trusted attributes need root");
        _store = new ImageStore(_scratch.Store);
    }

    public void Dispose() => _scratch.Dispose();

    [SkippableTheory]
    [InlineData("manifest")]
    [InlineData("config")]
    [InlineData("missing manifest")]
    [InlineData("missing config")]
    public void Removing_an_image_keeps_the_layers_and_blobs_that_a_damaged_one_may_need(string damage)
    {
        Image victim = Make("victim");
        Image other = Make("other");
        Damage(victim, damage);
        IReadOnlyList<string> blobs = BlobsOf(victim);

        RemoveResult result = Fresh().Remove(other, NoUsers);

        Assert.True(File.Exists(InLayer(victim, "name")), "the victim's layer is gone");
        Assert.All(blobs, blob => Assert.True(File.Exists(blob), blob));
        Assert.Contains(result.Warnings, text => text.Contains("victim", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Removing_an_image_keeps_what_an_index_without_manifests_may_need()
    {
        string layout = Directory.CreateDirectory(_scratch.In("layout")).FullName;
        new TestLayout(layout).AddIndex("multi:1", (HostFacts.Architecture, [new TestTar().File("name", "multi").End()])).Write();
        Image victim = _store.Import(layout)[0];
        Image other = Make("other");
        File.Delete(BlobPath(victim.ManifestDigest));

        RemoveResult result = Fresh().Remove(other, NoUsers);

        Assert.True(File.Exists(InLayer(victim, "name")));
        Assert.Contains(result.Warnings, text => text.Contains("multi:1", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void A_removal_without_anything_damaged_warns_of_nothing()
    {
        Image image = Make("plain");
        Record(new string('a', 64), Make("used"));
        Assert.Empty(_store.Remove(image, NoUsers).Warnings);
        Assert.False(Directory.Exists(image.Layers[0].Path));
    }

    [SkippableFact]
    public void What_was_kept_for_a_damaged_image_goes_with_the_next_removal_after_it()
    {
        Image victim = Make("victim");
        Image other = Make("other");
        Image last = Make("last");
        Damage(victim, "manifest");
        _ = Fresh().Remove(other, NoUsers);
        Assert.True(Directory.Exists(other.Layers[0].Path), "what the damaged image may need was swept");
        Assert.Empty(Fresh().Remove(Fresh().Get("victim"), NoUsers, force: true).Warnings);
        Assert.False(Directory.Exists(victim.Layers[0].Path));
        Assert.False(Directory.Exists(other.Layers[0].Path));
        Assert.True(Directory.Exists(last.Layers[0].Path));
    }

    [SkippableFact]
    public void An_image_in_use_by_a_record_of_a_newer_schema_is_not_removed()
    {
        Image image = Make("web");
        JsonObject record = RecordOf(image);
        (record["schema"], record["minReader"]) = (99, 98);
        record["rootFs"] = new JsonObject { ["stack"] = new JsonObject { ["lowerDirs"] = record["rootFs"]!["lowerDirs"]!.DeepClone() } };
        WriteRecord(new string('b', 64), record.ToJsonString());
        ContainerResourceBusyException failure = Assert.Throws<ContainerResourceBusyException>(() =>
            Fresh().Remove(image, NoUsers, force: true)
        );
        Assert.Equal(["box"], failure.Owners);
        Assert.True(Directory.Exists(image.Layers[0].Path));
    }

    [SkippableTheory]
    [InlineData("manifest")]
    [InlineData("config")]
    public void A_damaged_image_in_use_is_not_removed(string damage)
    {
        Image image = Make("web");
        Record(new string('b', 64), image);
        Damage(image, damage);
        ImageStore store = Fresh();
        ContainerResourceBusyException failure = Assert.Throws<ContainerResourceBusyException>(() =>
            store.Remove(store.Get("web"), NoUsers, force: true)
        );
        Assert.Equal(["box"], failure.Owners);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_layers_of_every_record_are_kept_also_where_its_image_is_gone(bool isVolatile)
    {
        Image image = Make("web");
        JsonObject record = RecordOf(image);
        record.Remove("image");
        WriteRecord(new string('b', 64), record.ToJsonString(), isVolatile);
        RemoveResult result = _store.Remove(image, NoUsers);
        Assert.True(File.Exists(InLayer(image, "name")));
        Assert.Empty(result.Warnings);
    }

    [SkippableFact]
    public void A_record_of_a_newer_schema_whose_layers_are_nowhere_to_be_found_holds_the_sweep_up()
    {
        Image image = Make("web");
        WriteRecord(new string('b', 64), """{"schema":99,"name":"from-the-future","rootFs":{"packed":"AAEC"}}""");
        RemoveResult result = _store.Remove(image, NoUsers);
        Assert.True(File.Exists(InLayer(image, "name")));
        Assert.Contains(result.Warnings, text => text.Contains("from-the-future", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void A_record_cut_short_protects_the_layers_that_it_still_names_and_holds_the_sweep_up()
    {
        Image image = Make("web");
        Image other = Make("other");
        JsonObject record = RecordOf(image);
        record.Remove("image");
        string text = record.ToJsonString();
        WriteRecord(new string('b', 64), text[..(text.IndexOf("lowerDirs", StringComparison.Ordinal) + 60)]);
        RemoveResult result = _store.Remove(image, NoUsers, force: true);
        Assert.Contains(result.Warnings, warning => warning.Contains(new string('b', 12), StringComparison.Ordinal));
        Assert.True(File.Exists(InLayer(image, "name")));
        _ = _store.Remove(other, NoUsers);
        Assert.True(File.Exists(InLayer(image, "name")));
        Assert.True(File.Exists(InLayer(other, "name")));
    }

    [SkippableFact]
    public void A_record_that_names_a_layer_that_is_not_there_holds_the_sweep_up()
    {
        // One digit of the path is another one now: which layer was meant can no longer be told.
        Image image = Make("web");
        JsonObject record = RecordOf(image);
        record.Remove("image");
        string hex = image.Layers[0].ChainId[7..];
        WriteRecord(
            new string('b', 64),
            record.ToJsonString().Replace(hex, (hex[0] == 'a' ? "b" : "a") + hex[1..], StringComparison.Ordinal)
        );
        RemoveResult result = _store.Remove(image, NoUsers);
        Assert.True(File.Exists(InLayer(image, "name")));
        Assert.NotEmpty(result.Warnings);
    }

    [SkippableTheory]
    [InlineData("a directory")]
    [InlineData("zeros")]
    [InlineData("empty beside a start")]
    public void A_record_that_cannot_be_read_at_all_holds_the_sweep_up(string what)
    {
        Image image = Make("web");
        string id = new('b', 64);
        string path = WriteRecord(id, what == "zeros" ? new string('\0', 500) : "");
        switch (what)
        {
            case "a directory":
                File.Delete(path);
                Directory.CreateDirectory(path);
                break;
            case "empty beside a start":
                File.WriteAllText(Path.Combine(Path.GetDirectoryName(path)!, "start"), "{}");
                break;
        }

        RemoveResult result = _store.Remove(image, NoUsers);
        Assert.True(File.Exists(InLayer(image, "name")));
        Assert.Contains(result.Warnings, warning => warning.Contains(id[..12], StringComparison.Ordinal));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_a_killed_create_left_holds_nothing_up(bool withEmptyRecord)
    {
        Image image = Make("web");
        string directory = Directory.CreateDirectory(Path.Combine(_scratch.Store.Containers, new string('b', 64))).FullName;
        if (withEmptyRecord)
        {
            File.WriteAllText(Path.Combine(directory, "container.json"), "");
        }

        Assert.Empty(_store.Remove(image, NoUsers).Warnings);
        Assert.False(Directory.Exists(image.Layers[0].Path));
    }

    private ImageStore Fresh() => new(_scratch.Store);

    private Image Make(string name)
    {
        string rootfs = _scratch.In("rootfs-" + name);
        Directory.CreateDirectory(rootfs);
        File.WriteAllText(Path.Combine(rootfs, "name"), name);
        return _store.FromRootFs(rootfs, ImageReference.Parse(name));
    }

    private void Damage(Image image, string what)
    {
        string blob = BlobPath(what.EndsWith("manifest", StringComparison.Ordinal) ? image.ManifestDigest : image.Id);
        if (what.StartsWith("missing", StringComparison.Ordinal))
        {
            File.Delete(blob);
        }
        else
        {
            File.AppendAllText(blob, "x");
        }
    }

    private List<string> BlobsOf(Image image) =>
        [
            .. ((string[])[image.ManifestDigest, image.Id, .. image.Layers.Select(layer => layer.Digest)])
                .Select(BlobPath)
                .Where(File.Exists),
        ];

    private string BlobPath(string digest) => Path.Combine(_scratch.Store.OciLayout, "blobs", "sha256", digest[7..]);

    private static string InLayer(Image image, string name) => Path.Combine(image.Layers[0].Path!, name);

    private void Record(string id, Image image) => WriteRecord(id, RecordOf(image).ToJsonString());

    /// <summary>As commit b0d8110 wrote it, without what does not matter here.</summary>
    private JsonObject RecordOf(Image image) =>
        new()
        {
            ["schema"] = 1,
            ["name"] = "box",
            ["image"] = new JsonObject
            {
                ["reference"] = image.ToString(),
                ["id"] = image.Id,
                ["digest"] = image.Digest,
            },
            ["rootFs"] = new JsonObject
            {
                ["lowerDirs"] = new JsonArray([
                    Path.Combine(_scratch.Store.Layers, "init", "fs"),
                    .. image.Layers.Select(layer => (JsonNode)layer.Path!),
                ]),
                ["readOnly"] = false,
            },
        };

    private string WriteRecord(string id, string text, bool isVolatile = false)
    {
        string directory = Path.Combine(isVolatile ? Path.Combine(_scratch.Store.RunRoot, "containers") : _scratch.Store.Containers, id);
        Directory.CreateDirectory(directory);
        string path = Path.Combine(directory, "container.json");
        File.WriteAllText(path, text);
        return path;
    }
}
