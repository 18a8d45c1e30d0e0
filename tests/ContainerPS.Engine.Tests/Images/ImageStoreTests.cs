using ContainerPS.Engine.Common;
using ContainerPS.Engine.Images;
using ContainerPS.Engine.Tests.Layers;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Images;

public sealed class ImageStoreTests : IDisposable
{
    private static readonly Func<string, IReadOnlyList<string>> NoUsers = _ => [];

    private readonly Scratch _scratch = new();
    private readonly ImageStore _store;

    public ImageStoreTests()
    {
        Skip.IfNot(HostFacts.IsRoot, "owners, devices and trusted attributes need root");
        _store = new ImageStore(_scratch.Store);
    }

    public void Dispose() => _scratch.Dispose();

    [SkippableFact]
    public void A_directory_becomes_an_image_with_one_layer_and_is_not_changed()
    {
        string rootfs = MakeRootFs();
        long before = Files.Status(Path.Combine(rootfs, "etc")).ChangedNanoseconds;
        Image image = _store.FromRootFs(rootfs, ImageReference.Parse("busybox"));
        Assert.Equal(("busybox", "latest", 1, "linux"), (image.Repository, image.Tag, image.Layers.Count, image.Os));
        Assert.Equal(before, Files.Status(Path.Combine(rootfs, "etc")).ChangedNanoseconds);
        using MountableRootFs prepared = _store.Prepare(image);
        Assert.Equal(2, prepared.LowerDirs.Count);
        Assert.Equal("hello", File.ReadAllText(Path.Combine(prepared.LowerDirs[1], "etc", "greeting")));
        Assert.True(File.Exists(Path.Combine(prepared.LowerDirs[0], "etc", "hosts")));
        foreach (string link in prepared.ShortLowerDirs)
        {
            Assert.True(Directory.Exists(Path.Combine(prepared.LayersDirectory, link)), link);
        }

        Assert.Empty(_scratch.LeftOvers());
    }

    [SkippableFact]
    public void The_unpacked_layer_is_what_its_archive_says()
    {
        Image image = _store.FromRootFs(MakeRootFs(), ImageReference.Parse("a"));
        string tar = Path.Combine(_scratch.Store.OciLayout, "blobs", "sha256", image.Layers[0].Digest[7..]);
        var again = new ImageStore(new StoreLocation(_scratch.In("again"), _scratch.In("run2")));
        Image other = again.FromRootFs(tar, ImageReference.Parse("a"));
        Assert.Equal(image.Layers[0].DiffId, other.Layers[0].DiffId);
        Assert.Equal(TreePicture.Of(image.Layers[0].Path!), TreePicture.Of(other.Layers[0].Path!));
    }

    [SkippableFact]
    public void The_same_tree_gives_the_same_layer()
    {
        string rootfs = MakeRootFs();
        Assert.Equal(
            _store.FromRootFs(rootfs, ImageReference.Parse("a")).Layers[0].Digest,
            _store.FromRootFs(rootfs, ImageReference.Parse("b")).Layers[0].Digest
        );
        Assert.Equal(2, _store.List()[0].Layers[0].SharedBy);
    }

    [SkippableFact]
    public void A_name_that_moves_leaves_the_old_image_dangling()
    {
        Image first = _store.FromRootFs(MakeRootFs(), ImageReference.Parse("a"));
        File.WriteAllText(_scratch.In("rootfs", "new"), "x");
        Image second = _store.FromRootFs(_scratch.In("rootfs"), ImageReference.Parse("a"));
        Assert.Equal(second.Id, _store.Get("a").Id);
        Assert.True(_store.Get(first.Id).Dangling);
        Assert.Equal(2, _store.List().Count);
    }

    [SkippableFact]
    public void An_image_in_use_is_not_removed_and_its_users_are_named()
    {
        Image image = _store.FromRootFs(MakeRootFs(), ImageReference.Parse("a"));
        ContainerResourceBusyException failure = Assert.Throws<ContainerResourceBusyException>(() =>
            _store.Remove(image, id => id == image.Id ? ["web", "db"] : [], force: true)
        );
        Assert.Equal(ErrorIds.ImageInUse, failure.ErrorId);
        Assert.Equal(["web", "db"], failure.Owners);
        Assert.Equal(image.Id, _store.Get("a").Id);
    }

    [SkippableFact]
    public void Removing_the_last_name_takes_blobs_and_layers_away_but_not_those_of_others()
    {
        string rootfs = MakeRootFs();
        Image first = _store.FromRootFs(rootfs, ImageReference.Parse("a"));
        _store.Tag(first, ImageReference.Parse("a:two"));
        Image other = _store.FromRootFs(rootfs, ImageReference.Parse("b"));
        Assert.Equal(["a:two"], _store.Remove(_store.Get("a:two"), NoUsers).Untagged);
        Assert.Equal(0, _store.Remove(_store.Get("a"), NoUsers).Deleted.Count(text => text == first.Layers[0].ChainId));
        Assert.True(Directory.Exists(other.Layers[0].Path));
        RemoveResult result = _store.Remove(_store.Get("b"), NoUsers);
        Assert.Contains(other.Layers[0].ChainId, result.Deleted);
        Assert.True(result.SpaceReclaimed > 0);
        Assert.False(Directory.Exists(other.Layers[0].Path));
        Assert.Empty(Directory.GetFiles(Path.Combine(_scratch.Store.OciLayout, "blobs", "sha256")));
        Assert.Empty(_store.List());
        Assert.Empty(_scratch.LeftOvers());
    }

    [SkippableFact]
    public void An_image_is_found_by_name_digest_id_and_prefix_and_no_other_way()
    {
        Image image = _store.FromRootFs(MakeRootFs(), ImageReference.Parse("quay.io/team/app:v1"));
        foreach (
            string text in (string[])
                ["quay.io/team/app:v1", image.Id, image.ShortId, image.Id[7..12], image.Digest, $"quay.io/team/app@{image.Digest}"]
        )
        {
            Assert.Equal(image.Id, _store.Get(text).Id);
        }

        foreach (string text in (string[])["app", "quay.io/team/app", "team/app:v1", "ffffffffff"])
        {
            Assert.Equal(ErrorIds.ImageNotFound, Assert.Throws<ContainerObjectNotFoundException>(() => _store.Get(text)).ErrorId);
        }
    }

    [SkippableTheory]
    [InlineData("../evil", ErrorIds.LayerPathEscape)]
    [InlineData("/evil", ErrorIds.LayerPathEscape)]
    public void A_hostile_archive_leaves_nothing_behind(string name, string id)
    {
        string tar = _scratch.Write("evil.tar", new TestTar().File("good", "x").File(name, "x").End());
        Assert.Equal(id, Assert.ThrowsAny<EngineException>(() => _store.FromRootFs(tar, ImageReference.Parse("a"))).ErrorId);
        AssertNothingKept();
    }

    [SkippableTheory]
    [InlineData(700)]
    [InlineData(1024)]
    [InlineData(512)]
    public void An_archive_cut_short_leaves_nothing_behind(int length)
    {
        string tar = _scratch.Write("cut.tar", new TestTar().File("good", new string('x', 512)).End()[..length]);
        Assert.Equal(
            ErrorIds.LayerCorrupt,
            Assert.ThrowsAny<EngineException>(() => _store.FromRootFs(tar, ImageReference.Parse("a"))).ErrorId
        );
        AssertNothingKept();
    }

    [SkippableFact]
    public void What_is_not_there_or_no_archive_is_an_error()
    {
        Assert.Equal(
            ErrorIds.PathNotFound,
            Assert.Throws<EngineException>(() => _store.FromRootFs("/nonexistent/rootfs", ImageReference.Parse("a"))).ErrorId
        );
        string text = _scratch.Write("text", "this is no archive"u8.ToArray());
        Assert.Equal(
            ErrorIds.LayerCorrupt,
            Assert.ThrowsAny<EngineException>(() => _store.FromRootFs(text, ImageReference.Parse("a"))).ErrorId
        );
        AssertNothingKept();
    }

    [SkippableFact]
    public void A_name_that_a_layer_cannot_hold_is_refused()
    {
        string rootfs = MakeRootFs();
        File.WriteAllText(Path.Combine(rootfs, "etc", ".wh.x"), "");
        Assert.Equal(
            ErrorIds.ImageInvalid,
            Assert.ThrowsAny<EngineException>(() => _store.FromRootFs(rootfs, ImageReference.Parse("a"))).ErrorId
        );
        AssertNothingKept();
    }

    [SkippableFact]
    public void A_tree_that_holds_the_store_itself_is_packed_without_it()
    {
        string rootfs = MakeRootFs();
        var store = new ImageStore(new StoreLocation(Path.Combine(rootfs, "var", "store"), Path.Combine(rootfs, "run", "store")));
        Image image = store.FromRootFs(rootfs, ImageReference.Parse("self"));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(image.Layers[0].Path!, "var", "store")));
        Assert.True(File.Exists(Path.Combine(image.Layers[0].Path!, "etc", "greeting")));
    }

    [SkippableFact]
    public void Cancelled_in_the_middle_it_leaves_nothing_behind()
    {
        using var cancel = new CancellationTokenSource();
        var progress = new Immediate(() => cancel.Cancel());
        Assert.ThrowsAny<OperationCanceledException>(() =>
            _store.FromRootFs(MakeRootFs(), ImageReference.Parse("a"), progress: progress, cancellation: cancel.Token)
        );
        AssertNothingKept();
        using var again = new CancellationTokenSource();
        string tar = _scratch.Write("a.tar", new TestTar().File("a", new string('x', 3_000_000)).File("b", "").End());
        Assert.ThrowsAny<OperationCanceledException>(() =>
            _store.FromRootFs(tar, ImageReference.Parse("a"), progress: new Immediate(() => again.Cancel()), cancellation: again.Token)
        );
        AssertNothingKept();
    }

    [SkippableFact]
    public void What_the_host_refuses_is_an_error_with_an_id()
    {
        var store = new ImageStore(new StoreLocation(_scratch.In("root"), _scratch.In("run")));
        Directory.Delete(_scratch.In("root"));
        File.WriteAllText(_scratch.In("root"), "a file where the store should be");
        Assert.Equal(
            ErrorIds.EngineFailure,
            Assert.Throws<EngineException>(() => store.FromRootFs(MakeRootFs(), ImageReference.Parse("a"))).ErrorId
        );
    }

    [SkippableFact]
    public void A_short_link_that_a_crash_left_out_is_made_again_and_one_that_leads_nowhere_is_swept()
    {
        Image image = _store.FromRootFs(MakeRootFs(), ImageReference.Parse("a"));
        string links = Path.Combine(_scratch.Store.Layers, "l");
        foreach (string link in Directory.GetDirectories(links))
        {
            File.Delete(link);
        }

        File.CreateSymbolicLink(Path.Combine(links, "nowhere"), "../nowhere/fs");
        using (MountableRootFs prepared = _store.Prepare(image))
        {
            foreach (string? link in prepared.ShortLowerDirs.Skip(1))
            {
                Assert.True(Directory.Exists(Path.Combine(links, "..", link)));
            }
        }

        _store.Remove(image, _ => []);
        Assert.Equal(["init"], new DirectoryInfo(links).EnumerateFileSystemInfos().Select(link => link.Name));
    }

    [SkippableFact]
    public void Reading_an_empty_place_makes_nothing()
    {
        TreeRemoverDelete(_scratch.Store.Root);
        Assert.Empty(_store.List());
        Assert.False(_store.TryGet("a", out _));
        Assert.False(Directory.Exists(_scratch.Store.Root));
    }

    private static void TreeRemoverDelete(string path) => TreeRemover.Delete(path);

    private sealed class Immediate(Action act) : IProgress<WorkProgress>
    {
        public void Report(WorkProgress value) => act();
    }

    private void AssertNothingKept()
    {
        Assert.Empty(_store.List());
        Assert.Empty(_scratch.LeftOvers());
        Assert.Empty(Directory.GetFiles(Path.Combine(_scratch.Store.OciLayout, "blobs", "sha256")));
        Assert.DoesNotContain(
            Directory.GetFileSystemEntries(_scratch.Store.Layers),
            path => Path.GetFileName(path) is not ("l" or "init" or "trash")
        );
    }

    private string MakeRootFs()
    {
        string rootfs = _scratch.In("rootfs");
        Directory.CreateDirectory(Path.Combine(rootfs, "etc"));
        Directory.CreateDirectory(Path.Combine(rootfs, "tmp"));
        Directory.CreateDirectory(Path.Combine(rootfs, string.Join('/', Enumerable.Repeat("a-rather-long-directory-name", 8))));
        File.WriteAllText(Path.Combine(rootfs, "etc", "greeting"), "hello");
        File.WriteAllText(Path.Combine(rootfs, string.Join('/', Enumerable.Repeat("a-rather-long-directory-name", 8)), "größe"), "long");
        File.CreateSymbolicLink(Path.Combine(rootfs, "link"), "etc/greeting");
        using FileDescriptor root = Files.OpenDirectory(rootfs);
        Files.LinkAt(root, "etc/greeting", root, "hard");
        Files.ChangeModeAt(root, "tmp", Modes.Mode1777);
        Files.ChangeOwnerAt(root, "etc/greeting", 12, 3_000_000);
        Files.SetAttributeAt(root, "etc", "user.note", "kept"u8);
        Files.SetAttributeAt(root, "etc", "trusted.overlay.opaque", "y"u8);
        Files.MakeFifo(Path.Combine(rootfs, "fifo"), Modes.Mode0644);
        return rootfs;
    }
}
