using ContainerPS.Engine.Common;
using ContainerPS.Engine.Images;
using ContainerPS.Engine.Tests.Layers;
using ContainerPS.Native.Linux;

namespace ContainerPS.Engine.Tests.Images;

/// <summary>An image may hold secrets: what is in the store is for its owner only.</summary>
public sealed class StoreModeTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public StoreModeTests() => Skip.IfNot(HostFacts.IsRoot, "owners, devices and trusted attributes need root");

    public void Dispose() => _scratch.Dispose();

    [SkippableFact]
    public void The_root_of_a_new_store_is_for_its_owner_only()
    {
        Directory.Delete(_scratch.Store.Root);
        MakeImage();
        Assert.Equal(Modes.Mode0700, Files.Status(_scratch.Store.Root).Mode & Modes.AccessBits);
    }

    [SkippableFact]
    public void A_store_that_others_could_read_is_shut_when_it_is_opened()
    {
        MakeImage();
        Files.ChangeModeAt(FileDescriptor.CurrentDirectory, _scratch.Store.Root, Modes.Mode0755);
        var store = new ImageStore(_scratch.Store);
        _ = store.Tag(store.Get("a"), ImageReference.Parse("b"));
        Assert.Equal(Modes.Mode0700, Files.Status(_scratch.Store.Root).Mode & Modes.AccessBits);
    }

    [SkippableFact]
    public void No_file_of_the_store_can_be_read_by_others()
    {
        using (var lease = StoreLease.Open(_scratch.Store, "staging"))
        using (FileStream staged = new BlobStore(_scratch.Store).Stage(lease, out string path))
        {
            Assert.Equal(0u, Files.Status(path).Mode & Modes.OthersBits);
            Assert.Equal(0u, Files.Status(Path.GetDirectoryName(path)!).Mode & Modes.OthersBits);
        }

        MakeImage();
        // What is in an unpacked layer has the image's own modes; the directory around it shuts it.
        foreach (
            string path in Directory
                .EnumerateFiles(_scratch.Store.Root, "*", SearchOption.AllDirectories)
                .Where(path => !path.Contains("/fs/", StringComparison.Ordinal) && !path.Contains("/layers/l/", StringComparison.Ordinal))
        )
        {
            Assert.True((Files.Status(path).Mode & Modes.OthersBits) == 0, path);
        }
    }

    private void MakeImage()
    {
        string rootfs = _scratch.In("rootfs");
        Directory.CreateDirectory(rootfs);
        File.WriteAllText(Path.Combine(rootfs, "secret"), "x");
        new ImageStore(_scratch.Store).FromRootFs(rootfs, ImageReference.Parse("a"));
    }
}
