using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using ContainerPS.Engine.Common;
using ContainerPS.Engine.Images;
using ContainerPS.Engine.Layers;
using ContainerPS.Engine.Tests.Layers;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Images;

public sealed class ImportTests : IDisposable
{
    private readonly Scratch _scratch = new();
    private readonly ImageStore _store;

    public ImportTests()
    {
        Skip.IfNot(HostFacts.IsRoot, "owners, devices and trusted attributes need root");
        _store = new ImageStore(_scratch.Store);
    }

    public void Dispose() => _scratch.Dispose();

    [SkippableFact]
    public void A_layout_directory_brings_its_image_with_the_name_of_the_directory_for_a_bare_tag()
    {
        string layout = new TestLayout(_scratch.In("Some-App")).AddImage([Base(), Upper()], "v1").Write();
        Image image = Assert.Single(_store.Import(layout));
        Assert.Equal("some-app:v1", image.ToString());
        Assert.Equal(2, image.Layers.Count);
        Assert.All(image.Layers, layer => Assert.True(Directory.Exists(layer.Path)));
        Assert.Equal(["NAME=value"], image.Config.Env);
        Assert.Empty(_scratch.LeftOvers());
    }

    [SkippableFact]
    public void A_directory_that_a_layer_implies_looks_as_below()
    {
        byte[] lower = new TestTar()
            .Directory("data", mode: Modes.Mode0700, uid: 42, mtime: 777)
            .Directory("data/in", mode: Modes.Mode1777, gid: 43)
            .End();
        byte[] upper = new TestTar().File("data/in/file", "x").File("fresh/file", "x").End();
        Image image = Assert.Single(_store.Import(new TestLayout(_scratch.In("app")).AddImage([lower, upper], "v1").Write()));
        FileStatus data = Files.Status(Path.Combine(image.Layers[1].Path!, "data"));
        FileStatus below = Files.Status(Path.Combine(image.Layers[1].Path!, "data", "in"));
        Assert.Equal((Modes.Mode0700, 42u, 777_000_000_000L), (data.Permissions, data.Uid, data.ModifiedNanoseconds));
        Assert.Equal((Modes.Mode1777, 43u), (below.Permissions, below.Gid));
        Assert.Equal(Modes.Mode0755, Files.Status(Path.Combine(image.Layers[1].Path!, "fresh")).Permissions);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_layout_in_a_tar_compressed_or_not(bool compressed)
    {
        byte[] tar = TarOf(new TestLayout(_scratch.In("app")).AddImage([Base()], "docker.io/library/app:v2").Write());
        Image image = Assert.Single(_store.Import(_scratch.Write("app.tar", compressed ? Gzip(tar) : tar)));
        Assert.Equal("app:v2", image.ToString());
    }

    [SkippableFact]
    public void Layers_compressed_by_gzip_and_zstd_come_out_the_same()
    {
        Image plain = Assert.Single(_store.Import(new TestLayout(_scratch.In("a")).AddImage([Base()], "v1").Write()));
        Image gzip = Assert.Single(_store.Import(new TestLayout(_scratch.In("b")).AddImage([Base()], "v1", Gzip).Write()));
        Assert.Equal(plain.Layers[0].ChainId, gzip.Layers[0].ChainId);
        Assert.NotEqual(plain.Layers[0].Digest, gzip.Layers[0].Digest);
        Skip.IfNot(File.Exists("/usr/bin/zstd"), "the zstd program is not on this machine");
        Image zstd = Assert.Single(_store.Import(new TestLayout(_scratch.In("c")).AddImage([Upper()], "v1", Zstd).Write()));
        Assert.True(File.Exists(Path.Combine(zstd.Layers[0].Path!, "etc", "added")));
    }

    [SkippableFact]
    public void A_docker_archive_brings_its_images_by_their_tags_and_twice_is_once()
    {
        string archive = _scratch.Write("saved.tar", DockerArchive([Base(), Upper()], "busybox:1.36", "quay.io/team/app:v1"));
        IReadOnlyList<Image> images = _store.Import(archive);
        Assert.Equal(["busybox:1.36", "quay.io/team/app:v1"], images.Select(image => image.ToString()));
        IReadOnlyList<Image> again = _store.Import(_scratch.Write("saved.tar.gz", Gzip(File.ReadAllBytes(archive))));
        Assert.Equal(images.Select(image => image.Digest), again.Select(image => image.Digest));
        Assert.Equal(2, _store.List().Count);
    }

    [SkippableFact]
    public void A_multi_platform_index_is_kept_and_this_hosts_platform_is_unpacked()
    {
        string other = HostFacts.Architecture == "amd64" ? "arm64" : "amd64";
        string layout = new TestLayout(_scratch.In("app")).AddIndex("v1", (other, [Upper()]), (HostFacts.Architecture, [Base()])).Write();
        Image image = Assert.Single(_store.Import(layout));
        Assert.Equal(HostFacts.Architecture, image.Architecture);
        Assert.Equal([$"linux/{other}", $"linux/{HostFacts.Architecture}"], image.Manifests.Select(manifest => manifest.Platform));
        Assert.All(image.Manifests, manifest => Assert.True(manifest.Present));
        Assert.NotEqual(image.Digest, image.ManifestDigest);
        Assert.Single(new LayerStore(_scratch.Store).List());
        _store.Remove(image, _ => []);
        Assert.Empty(Directory.GetFiles(Path.Combine(_scratch.Store.OciLayout, "blobs", "sha256")));
    }

    [SkippableFact]
    public void An_artifact_is_kept_and_no_container_can_be_made_of_it()
    {
        Image image = Assert.Single(
            _store.Import(new TestLayout(_scratch.In("sbom")).AddArtifact("application/spdx+json", "{}"u8.ToArray(), "v1").Write())
        );
        Assert.Equal("application/spdx+json", image.ArtifactType);
        Assert.Equal(image.ManifestDigest, image.Id);
        Assert.Equal(ErrorIds.ImageNotRunnable, Assert.Throws<EngineException>(() => _store.Prepare(image)).ErrorId);
    }

    [SkippableFact]
    public void A_blob_that_is_not_what_its_digest_says_is_refused_and_nothing_kept()
    {
        string layout = new TestLayout(_scratch.In("app")).AddImage([Base()], "v1").Write();
        string layer = Directory.GetFiles(Path.Combine(layout, "blobs", "sha256")).MaxBy(path => new FileInfo(path).Length)!;
        byte[] content = File.ReadAllBytes(layer);
        content[600] ^= 1;
        File.WriteAllBytes(layer, content);
        Refused(ErrorIds.LayerDigestMismatch, layout);
    }

    [SkippableFact]
    public void A_layer_whose_content_is_not_its_diff_id_is_refused_and_nothing_kept() =>
        Refused(ErrorIds.LayerDigestMismatch, new TestLayout(_scratch.In("app")).AddImage([Base()], "v1", wrongDiffId: true).Write());

    [SkippableFact]
    public void One_hostile_layer_among_good_ones_is_refused_and_nothing_kept()
    {
        byte[] evil = new TestTar().Symlink("etc", "/etc").File("etc/evil", "x").End();
        Refused(ErrorIds.LayerPathEscape, new TestLayout(_scratch.In("app")).AddImage([Base(), Upper(), evil], "v1").Write());
        Refused(ErrorIds.LayerPathEscape, _scratch.Write("saved.tar", DockerArchive([Base(), evil], "app:v1")));
        Assert.False(File.Exists("/etc/evil"));
    }

    [SkippableFact]
    public void A_layer_cut_short_is_refused_and_nothing_kept()
    {
        Refused(ErrorIds.LayerCorrupt, new TestLayout(_scratch.In("plain")).AddImage([Base()[..700]], "v1").Write());
        Refused(ErrorIds.LayerCorrupt, new TestLayout(_scratch.In("gzip")).AddImage([Noise()], "v1", tar => Gzip(tar)[..2000]).Write());
        Refused(ErrorIds.ImageInvalid, _scratch.Write("cut.tar", DockerArchive([Base()], "app:v1")[..4000]));
    }

    [SkippableFact]
    public void A_document_above_the_cap_is_refused()
    {
        string layout = new TestLayout(_scratch.In("app")).AddImage([Base()], "v1", padding: 5 << 20).Write();
        Refused(ErrorIds.ImageInvalid, layout);
    }

    [SkippableFact]
    public void What_is_no_image_is_refused_with_the_way_out()
    {
        EngineException failure = Refused(ErrorIds.ImageInvalid, _scratch.Write("rootfs.tar", Base()));
        Assert.Contains("New-Image -RootFs", failure.Message, StringComparison.Ordinal);
        Directory.CreateDirectory(_scratch.In("empty"));
        Refused(ErrorIds.ImageInvalid, _scratch.In("empty"));
        Refused(ErrorIds.PathNotFound, _scratch.In("nothing"));
    }

    [SkippableFact]
    public void A_name_of_the_users_is_for_one_image_only()
    {
        var options = new ImportOptions { Name = ImageReference.Parse("mine:1") };
        TestLayout layout = new TestLayout(_scratch.In("app")).AddImage([Base()], "v1");
        Assert.Equal("mine:1", Assert.Single(_store.Import(layout.Write(), options)).ToString());
        layout.AddImage([Upper()], "v2");
        Assert.Equal(ErrorIds.ArgumentInvalid, Assert.Throws<EngineException>(() => _store.Import(layout.Write(), options)).ErrorId);
    }

    [SkippableFact]
    public void What_others_add_to_index_json_is_adopted_and_what_they_take_away_is_not_missed()
    {
        Image mine = _store.FromRootFs(_scratch.Write("base.tar", Base()), ImageReference.Parse("mine"));
        string index = Path.Combine(_scratch.Store.OciLayout, "index.json");
        TestLayout foreign = new TestLayout(_scratch.Store.OciLayout).AddImage([Upper()], "docker.io/library/theirs:v1");
        foreign.Write();
        Assert.DoesNotContain("mine", File.ReadAllText(index), StringComparison.Ordinal);
        Assert.Equal(["mine", "theirs:v1"], _store.List().Select(image => image.ToString()).Order());
        Assert.Contains("mine", File.ReadAllText(index), StringComparison.Ordinal);
        using MountableRootFs prepared = _store.Prepare(_store.Get("theirs:v1"));
        Assert.True(File.Exists(Path.Combine(prepared.LowerDirs[1], "etc", "added")));
        Assert.Equal(mine.Id, _store.Get("mine").Id);
    }

    [SkippableFact]
    public void A_stale_index_json_does_not_bring_back_what_was_removed()
    {
        Image image = _store.FromRootFs(_scratch.Write("base.tar", Base()), ImageReference.Parse("mine"));
        string index = Path.Combine(_scratch.Store.OciLayout, "index.json");
        byte[] stale = File.ReadAllBytes(index);
        _store.Remove(image, _ => [], untagOnly: false);
        // As after a crash between the writing of refs.json and of index.json.
        File.WriteAllBytes(index, stale);
        Assert.Empty(_store.List());
    }

    [SkippableFact]
    public void A_damaged_image_is_shown_with_its_problem_hides_no_other_and_can_be_removed()
    {
        Image good = _store.FromRootFs(_scratch.Write("base.tar", Base()), ImageReference.Parse("good"));
        Image bad = _store.FromRootFs(_scratch.Write("upper.tar", Upper()), ImageReference.Parse("bad"));
        File.WriteAllText(Path.Combine(_scratch.Store.OciLayout, "blobs", "sha256", bad.Digest[7..]), "{}");
        var fresh = new ImageStore(_scratch.Store);
        Assert.Equal(2, fresh.List().Count);
        Assert.NotEqual("", fresh.Get("bad").Problem);
        Assert.Equal(ErrorIds.LayerDigestMismatch, Assert.Throws<ContainerStorageException>(() => fresh.Prepare(fresh.Get("bad"))).ErrorId);
        fresh.Remove(fresh.Get("bad"), _ => []);
        Assert.Equal(good.Id, Assert.Single(fresh.List()).Id);
    }

    private static byte[] Base() => new TestTar().Directory("etc").File("etc/base", "base").File("bin", new string('b', 5000)).End();

    private static byte[] Upper() => new TestTar().Directory("etc").File("etc/added", "added").File("etc/.wh.base", "").End();

    private static byte[] Noise()
    {
        byte[] noise = new byte[20_000];
        new Random(1).NextBytes(noise);
        return new TestTar().Entry("noise", '0', noise).End();
    }

    private static byte[] Gzip(byte[] content)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return target.ToArray();
    }

    private byte[] Zstd(byte[] content)
    {
        string plain = _scratch.Write("plain", content);
        using var process = System.Diagnostics.Process.Start("/usr/bin/zstd", ["-q", "-f", plain, "-o", plain + ".zst"]);
        process.WaitForExit();
        return File.ReadAllBytes(plain + ".zst");
    }

    private static byte[] TarOf(string directory)
    {
        var tar = new TestTar();
        foreach (string file in Directory.GetFiles(directory, "*", SearchOption.AllDirectories))
        {
            tar.Entry(Path.GetRelativePath(directory, file), '0', File.ReadAllBytes(file));
        }

        return tar.End();
    }

    private static byte[] DockerArchive(byte[][] layers, params string[] tags)
    {
        byte[] config = TestLayout.Config(HostFacts.Architecture, layers);
        string[] names = layers.Select((_, index) => $"layer{index}/layer.tar").ToArray();
        var manifest = new JsonArray(
            new JsonObject
            {
                ["Config"] = "config.json",
                ["RepoTags"] = new JsonArray([.. tags.Select(tag => JsonValue.Create(tag))]),
                ["Layers"] = new JsonArray([.. names.Select(name => JsonValue.Create(name))]),
            }
        );
        TestTar tar = new TestTar().Entry("config.json", '0', config);
        // As docker save of old: a layer may be a symbolic link to another's.
        for (int i = 0; i < layers.Length; i++)
        {
            tar.Entry($"real{i}/layer.tar", '0', layers[i]).Symlink(names[i], $"../real{i}/layer.tar");
        }

        return tar.Entry("manifest.json", '0', Encoding.UTF8.GetBytes(manifest.ToJsonString())).End();
    }

    private EngineException Refused(string id, string path)
    {
        EngineException failure = Assert.ThrowsAny<EngineException>(() => _store.Import(path));
        Assert.Equal(id, failure.ErrorId);
        Assert.Empty(_store.List());
        Assert.Empty(_scratch.LeftOvers());
        Assert.Empty(Directory.GetFiles(Path.Combine(_scratch.Store.OciLayout, "blobs", "sha256")));
        Assert.DoesNotContain(
            Directory.GetFileSystemEntries(_scratch.Store.Layers),
            entry => Path.GetFileName(entry) is not ("l" or "init" or "trash")
        );
        return failure;
    }
}
