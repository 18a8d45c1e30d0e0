using System.Text.Json.Nodes;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Images;
using ContainerPS.Engine.Layers;
using ContainerPS.Engine.Tests.Layers;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Images;

/// <summary>The check finds each kind of damage, the repair sets right what can be and deletes nothing that may be needed.</summary>
public sealed class StoreCheckTests : IDisposable
{
    private readonly Scratch _scratch = new();
    private readonly ImageStore _store;

    public StoreCheckTests()
    {
        Skip.IfNot(HostFacts.IsRoot, "owners, devices and trusted attributes need root");
        _store = new ImageStore(_scratch.Store);
    }

    public void Dispose() => _scratch.Dispose();

    [SkippableFact]
    public void A_store_that_is_whole_has_no_problem_and_an_empty_place_none_either()
    {
        Assert.Empty(_store.Check(deep: true));
        Image image = Make("a");
        Use(image);
        Assert.Empty(_store.Check(deep: true));
        Assert.Empty(_store.Check(repair: true, deep: true));
        Assert.Equal(image.Id, Fresh().Get("a").Id);
    }

    [SkippableFact]
    public void A_check_without_repair_changes_nothing()
    {
        Image image = Make("a");
        File.Delete(BlobPath(image.Layers[0].Digest));
        Files.Rename(Path.GetDirectoryName(image.Layers[0].Path!)!, Path.Combine(_scratch.Store.Layers, new string('e', 64)));
        File.WriteAllText(Path.Combine(_scratch.Store.Root, "tmp", ".tmp-dead-1"), "");
        File.WriteAllText(Path.Combine(_scratch.Store.Root, "oci", "index.json"), "");
        File.WriteAllText(Path.Combine(_scratch.Store.Leases, "dead"), "");
        string before = Picture();
        Assert.NotEmpty(_store.Check());
        Assert.Equal(before, Picture());
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_blob_that_is_missing_or_has_another_size_is_found_and_stays_to_be_brought_again(bool isMissing)
    {
        Image image = Make("a");
        string blob = BlobPath(image.Layers[0].Digest);
        if (isMissing)
        {
            File.Delete(blob);
        }
        else
        {
            File.AppendAllText(blob, "x");
        }

        StorageProblem problem = Assert.Single(_store.Check(repair: true));
        Assert.Equal(
            (isMissing ? StorageProblemKind.MissingBlob : StorageProblemKind.DamagedBlob, image.Layers[0].Digest, false),
            (problem.Kind, problem.Target, problem.Repaired)
        );
        Assert.Contains("'a'", problem.Message, StringComparison.Ordinal);
        Assert.NotEmpty(problem.Remedy);
    }

    [SkippableFact]
    public void A_blob_with_other_bytes_of_the_same_size_is_found_by_the_deep_check_only()
    {
        Image image = Make("a");
        using (FileStream blob = File.OpenWrite(BlobPath(image.Layers[0].Digest)))
        {
            blob.Position = 600;
            blob.WriteByte((byte)'!');
        }

        Assert.Empty(_store.Check());
        StorageProblem problem = Assert.Single(_store.Check(deep: true, repair: true));
        Assert.Equal((StorageProblemKind.DamagedBlob, image.Layers[0].Digest, false), (problem.Kind, problem.Target, problem.Repaired));
    }

    [SkippableTheory]
    [InlineData("manifest")]
    [InlineData("config")]
    public void A_damaged_document_of_an_image_is_found_and_nothing_is_swept_because_of_it(string what)
    {
        Image image = Make("a");
        Image other = Make("other");
        File.AppendAllText(BlobPath(what == "manifest" ? image.ManifestDigest : image.Id), "x");
        ImageStore store = Fresh();
        _ = store.Remove(store.Get("other"), _ => []);
        IReadOnlyList<StorageProblem> found = Fresh().Check(repair: true);
        StorageProblem damaged = Assert.Single(found, problem => problem.Kind is StorageProblemKind.DamagedBlob);
        Assert.False(damaged.Repaired);
        StorageProblem kept = Assert.Single(
            found,
            problem => problem.Kind is StorageProblemKind.UnreferencedLayer && problem.Target == other.Layers[0].ChainId
        );
        Assert.False(kept.Repaired);
        Assert.True(Directory.Exists(image.Layers[0].Path));
        Assert.True(Directory.Exists(other.Layers[0].Path));

        // Without the damaged image all of it goes.
        ImageStore again = Fresh();
        _ = again.Remove(again.Get("a"), _ => [], force: true);
        Assert.Empty(Fresh().Check());
        Assert.Empty(new LayerStore(_scratch.Store).List());
    }

    [SkippableFact]
    public void What_nothing_needs_is_found_and_removed()
    {
        Make("a");
        var digest = Digest.Of("orphan"u8);
        File.WriteAllText(BlobPath(digest.ToString()), "orphan");
        Layer(digest);
        IReadOnlyList<StorageProblem> found = _store.Check(repair: true);
        Assert.Equal(
            [(StorageProblemKind.UnreferencedLayer, true), (StorageProblemKind.UnreferencedBlob, true)],
            found.Select(problem => (problem.Kind, problem.Repaired))
        );
        Assert.False(File.Exists(BlobPath(digest.ToString())));
        Assert.Empty(_store.Check(deep: true));
    }

    [SkippableFact]
    public void A_repair_takes_only_what_was_chosen()
    {
        Make("a");
        Digest[] orphans = [Digest.Of("one"u8), Digest.Of("two"u8)];
        Array.ForEach(orphans, Layer);
        IReadOnlyList<StorageProblem> found = _store.Check();
        Assert.Equal(2, found.Count);
        _store.Repair([found.Single(problem => problem.Target == orphans[0].ToString())], CancellationToken.None);
        Assert.Equal(orphans[1].ToString(), Assert.Single(_store.Check()).Target);
        // What is well, or was never found, is no work.
        _store.Repair(found.Where(problem => problem.Target == orphans[0].ToString()).ToList(), CancellationToken.None);
        Assert.Equal(orphans[1].ToString(), Assert.Single(_store.Check()).Target);
    }

    [SkippableFact]
    public void What_a_repair_can_set_right_is_said_before_it()
    {
        Image image = Make("a");
        Use(image);
        Layer(Digest.Of("orphan"u8));
        File.WriteAllText(Path.Combine(_scratch.Store.OciLayout, "index.json"), "{");
        File.Delete(BlobPath(image.Layers[0].Digest));
        IReadOnlyList<StorageProblem> found = _store.Check(repair: true);
        Assert.Equal(3, found.Count);
        Assert.All(found, problem => Assert.Equal(problem.Repaired, problem.CanRepair));
    }

    [SkippableFact]
    public void A_layer_that_a_container_misses_is_unpacked_again()
    {
        Image image = Make("a");
        Use(image);
        TreeRemover.Delete(Path.GetDirectoryName(image.Layers[0].Path!)!);
        StorageProblem problem = Assert.Single(_store.Check(), found => found.Kind is StorageProblemKind.MissingLayer);
        Assert.Contains("box", problem.Message, StringComparison.Ordinal);
        Assert.All(_store.Check(repair: true), found => Assert.True(found.Repaired, found.ToString()));
        Assert.Equal("a", File.ReadAllText(Path.Combine(image.Layers[0].Path!, "name")));
        Assert.Empty(_store.Check());
    }

    [SkippableTheory]
    [InlineData("not JSON", StorageProblemKind.DamagedDocument, false, true)]
    [InlineData("not JSON", StorageProblemKind.DamagedDocument, true, false)]
    [InlineData(null, StorageProblemKind.DamagedLayer, false, true)]
    [InlineData(null, StorageProblemKind.DamagedLayer, true, false)]
    public void A_damaged_layer_goes_to_be_unpacked_again_unless_a_container_needs_it(
        string? document,
        StorageProblemKind kind,
        bool isUsed,
        bool isRepaired
    )
    {
        Image image = Make("a");
        string path = Path.Combine(Path.GetDirectoryName(image.Layers[0].Path!)!, LayerDocument.FileName);
        if (document is null)
        {
            File.Delete(path);
        }
        else
        {
            File.WriteAllText(path, document);
        }

        if (isUsed)
        {
            Use(image);
        }

        StorageProblem problem = Assert.Single(_store.Check(repair: true));
        Assert.Equal((kind, isRepaired), (problem.Kind, problem.Repaired));
        using MountableRootFs prepared = _store.Prepare(image);
        Assert.Equal("a", File.ReadAllText(Path.Combine(prepared.LowerDirs[1], "name")));
    }

    [SkippableFact]
    public void A_list_of_names_that_is_damaged_is_put_together_again_with_every_image_whole_or_not()
    {
        Image image = Make("a");
        Make("b");
        File.Delete(BlobPath(image.Id));
        File.WriteAllText(_scratch.Store.RefsFile, "not JSON");
        StorageProblem problem = Assert.Single(Fresh().Check(repair: true), found => found.Kind is StorageProblemKind.DamagedDocument);
        Assert.True(problem.Repaired);
        Assert.Equal(["a", "b"], Fresh().List().Select(found => found.ToString()).Order());
        Assert.Equal("", Fresh().Get("b").Problem);
        Assert.True(Directory.Exists(image.Layers[0].Path));
    }

    [SkippableFact]
    public void What_a_newer_version_wrote_is_found_and_left_alone()
    {
        Image image = Make("a");
        string refs = """{"schema":9,"minReader":9,"images":[]}""";
        File.WriteAllText(_scratch.Store.RefsFile, refs);
        StorageProblem problem = Assert.Single(Fresh().Check(repair: true));
        Assert.Equal((StorageProblemKind.NewerDocument, _scratch.Store.RefsFile, false), (problem.Kind, problem.Target, problem.Repaired));
        Assert.Equal(refs, File.ReadAllText(_scratch.Store.RefsFile));
        Assert.True(Directory.Exists(image.Layers[0].Path));

        File.WriteAllText(Path.Combine(_scratch.Store.Root, "version"), "9\n");
        Assert.Equal(StorageProblemKind.NewerDocument, Assert.Single(Fresh().Check(repair: true)).Kind);
    }

    [SkippableFact]
    public void Documents_of_the_layout_are_written_again()
    {
        Make("a");
        string index = Path.Combine(_scratch.Store.OciLayout, "index.json");
        string before = File.ReadAllText(index);
        File.WriteAllText(index, "{");
        File.Delete(Path.Combine(_scratch.Store.OciLayout, "oci-layout"));
        IReadOnlyList<StorageProblem> found = Fresh().Check(repair: true);
        Assert.Equal(2, found.Count(problem => problem is { Kind: StorageProblemKind.DamagedDocument, Repaired: true }));
        Assert.Equal(before, File.ReadAllText(index));
        Assert.Empty(Fresh().Check());
    }

    [SkippableFact]
    public void What_killed_processes_left_is_found_and_removed_and_what_living_ones_make_is_not()
    {
        Make("a");
        string[] left =
        [
            Path.Combine(_scratch.Store.Leases, "0123456789abcdef"),
            Path.Combine(_scratch.Store.Root, "tmp", ".tmp-dead-1"),
            Path.Combine(_scratch.Store.OciLayout, ".tmp-x"),
            Path.Combine(_scratch.Store.Root, ".tmp-x"),
        ];
        // In the trash it may be waiting for the thread of another process: no left-over before its time, and deleted by a repair.
        File.WriteAllText(Path.Combine(StoreTrash.DirectoryOf(_scratch.Store), "blob"), "");
        Array.ForEach(left, path => File.WriteAllText(path, ""));
        string tree = Directory.CreateDirectory(Path.Combine(_scratch.Store.Layers, ".tmp-dead-2", "fs")).Parent!.FullName;
        string link = Path.Combine(_scratch.Store.Layers, "l", "nowhere");
        File.CreateSymbolicLink(link, "../nowhere/fs");
        using (var lease = StoreLease.Open(_scratch.Store, "the test"))
        using (FileStream staged = new BlobStore(_scratch.Store).Stage(lease, out string alive))
        {
            IReadOnlyList<StorageProblem> found = _store.Check(repair: true);
            Assert.Equal(left.Append(tree).Append(link).Order(), found.Select(problem => problem.Target).Order());
            Assert.All(found, problem => Assert.Equal((StorageProblemKind.LeftOver, true), (problem.Kind, problem.Repaired)));
            Assert.True(File.Exists(alive));
            Assert.Empty(StoreTrash.Entries(_scratch.Store));
        }

        Assert.Empty(_store.Check());
    }

    private ImageStore Fresh() => new(_scratch.Store);

    private string BlobPath(string digest) => Path.Combine(_scratch.Store.OciLayout, "blobs", "sha256", digest[7..]);

    private void Layer(Digest id)
    {
        string directory = Path.GetDirectoryName(new LayerStore(_scratch.Store).DirectoryOf(id))!;
        Directory.CreateDirectory(Path.Combine(directory, "fs"));
        new LayerDocument
        {
            ChainId = id,
            DiffId = id,
            Size = 1,
            DiskUsage = 1,
        }.Write(directory);
    }

    private void Use(Image image)
    {
        string directory = Directory.CreateDirectory(Path.Combine(_scratch.Store.Containers, new string('b', 64))).FullName;
        JsonNode record = new JsonObject
        {
            ["schema"] = 1,
            ["name"] = "box",
            ["image"] = new JsonObject { ["id"] = image.Id, ["digest"] = image.Digest },
            ["rootFs"] = new JsonObject { ["lowerDirs"] = new JsonArray([.. image.Layers.Select(layer => (JsonNode)layer.Path!)]) },
        };
        File.WriteAllText(Path.Combine(directory, "container.json"), record.ToJsonString());
    }

    private string Picture() =>
        // Who holds a lock writes so into it.
        string.Join(
            '\n',
            TreePicture.Of(_scratch.Store.Root).Split('\n').Where(line => !line.StartsWith("locks", StringComparison.Ordinal))
        ) + string.Concat(Directory.GetFiles(_scratch.Store.Leases).Order().Select(path => $"\n{path}"));

    private Image Make(string name)
    {
        string rootfs = Directory.CreateDirectory(_scratch.In("rootfs-" + name)).FullName;
        File.WriteAllText(Path.Combine(rootfs, "name"), name);
        return _store.FromRootFs(rootfs, ImageReference.Parse(name));
    }
}
