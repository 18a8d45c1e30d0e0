using ContainerPS.Engine.Common;
using ContainerPS.Engine.Images;
using ContainerPS.Engine.Layers;
using ContainerPS.Engine.Tests.Layers;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Images;

/// <summary>What is removed is gone at once, and deleted later: no lock is held while the files of a large layer are deleted.</summary>
public sealed class StoreTrashTests : IDisposable
{
    private readonly Scratch _scratch = new();
    private readonly ManualResetEventSlim _go = new();

    public StoreTrashTests() => Skip.IfNot(HostFacts.IsRoot, "owners, devices and trusted attributes need root");

    public void Dispose()
    {
        _go.Set();
        _scratch.Dispose();
        _go.Dispose();
    }

    [SkippableFact]
    public void A_removal_holds_no_lock_while_the_files_are_deleted()
    {
        var store = new ImageStore(_scratch.Store);
        Image image = Make(store, "large");
        Image other = Make(store, "other");
        HoldUp();
        RemoveResult result = store.Remove(image, _ => []);
        // Gone for everybody; its files are all still there.
        Assert.Contains(image.Layers[0].ChainId, result.Deleted);
        Assert.False(Directory.Exists(image.Layers[0].Path));
        string taken = Assert.Single(StoreTrash.Entries(_scratch.Store), Directory.Exists);
        Assert.Equal("large", File.ReadAllText(Path.Combine(taken, "fs", "name")));
        using (var use = ObjectLock.TryAcquire(_scratch.Store, ObjectLockKind.Image, "images-in-use", "the test"))
        {
            Assert.NotNull(use);
        }

        using (var held = ObjectLock.TryAcquire(_scratch.Store, ObjectLockKind.Image, "store", "the test"))
        {
            Assert.NotNull(held);
        }

        using (MountableRootFs prepared = store.Prepare(other))
        {
            Assert.Equal(2, prepared.LowerDirs.Count);
        }

        _go.Set();
        Assert.True(ImageStore.WaitForRemovals(TimeSpan.FromSeconds(30)));
        Assert.Empty(StoreTrash.Entries(_scratch.Store));
        Assert.Empty(StoreTrash.TakeFailures(_scratch.Store));
    }

    [SkippableFact]
    public void What_a_killed_import_left_is_taken_away_without_waiting_for_its_files()
    {
        var store = new ImageStore(_scratch.Store);
        Make(store, "a");
        string left = Directory.CreateDirectory(Path.Combine(_scratch.Store.Layers, ".tmp-dead-1", "fs")).FullName;
        File.WriteAllText(Path.Combine(left, "file"), "half");
        File.WriteAllText(Path.Combine(_scratch.Store.Root, "tmp", ".tmp-dead-2"), "half a blob");
        HoldUp();
        _ = store.Tag(store.Get("a"), ImageReference.Parse("b"));
        Assert.Empty(_scratch.LeftOvers());
        Assert.Equal(2, StoreTrash.Entries(_scratch.Store).Count);
        _go.Set();
        Assert.True(ImageStore.WaitForRemovals(TimeSpan.FromSeconds(30)));
        Assert.Empty(StoreTrash.Entries(_scratch.Store));
    }

    [SkippableFact]
    public void What_a_killed_process_left_in_the_trash_is_deleted_by_the_next_command()
    {
        var store = new ImageStore(_scratch.Store);
        Make(store, "a");
        string tree = Directory.CreateDirectory(Path.Combine(StoreTrash.DirectoryOf(_scratch.Store), "left", "fs")).FullName;
        File.WriteAllText(Path.Combine(tree, "file"), "");
        File.WriteAllText(Path.Combine(StoreTrash.DirectoryOf(_scratch.Store), "blob"), "");
        _ = store.Tag(store.Get("a"), ImageReference.Parse("b"));
        Assert.True(ImageStore.WaitForRemovals(TimeSpan.FromSeconds(30)));
        Assert.Empty(StoreTrash.Entries(_scratch.Store));
    }

    [SkippableFact]
    public void A_tree_that_another_process_is_deleting_is_left_to_it()
    {
        string tree = Directory.CreateDirectory(Path.Combine(StoreTrash.DirectoryOf(_scratch.Store), "theirs")).FullName;
        using (FileLock.TryAcquireDirectory(tree))
        {
            StoreTrash.Empty(_scratch.Store);
            Assert.True(StoreTrash.Wait(TimeSpan.FromSeconds(30)));
            Assert.True(Directory.Exists(tree));
        }

        StoreTrash.Empty(_scratch.Store);
        Assert.True(StoreTrash.Wait(TimeSpan.FromSeconds(30)));
        Assert.False(Directory.Exists(tree));
    }

    private void HoldUp() => Assert.True(StoreTrash.TryHoldUp(() => Assert.True(_go.Wait(TimeSpan.FromSeconds(60)))));

    private Image Make(ImageStore store, string name)
    {
        string rootfs = Directory.CreateDirectory(_scratch.In("rootfs-" + name)).FullName;
        File.WriteAllText(Path.Combine(rootfs, "name"), name);
        return store.FromRootFs(rootfs, ImageReference.Parse(name));
    }
}
