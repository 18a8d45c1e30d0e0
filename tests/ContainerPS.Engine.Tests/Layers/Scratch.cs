using ContainerPS.Engine.Common;
using ContainerPS.Engine.Layers;

namespace ContainerPS.Engine.Tests.Layers;

/// <summary>A store of its own in a temporary directory, deleted at the end; leases left over fail the test.</summary>
internal sealed class Scratch : IDisposable
{
    public Scratch()
    {
        Directory.CreateDirectory(Path);
        Store = new StoreLocation(In("root"), In("run"));
        Directory.CreateDirectory(Store.Root);
    }

    public string Path { get; } =
        System.IO.Path.Combine(System.IO.Path.GetTempPath(), "containerps-test-" + System.IO.Path.GetRandomFileName());

    public StoreLocation Store { get; }

    public string In(params string[] names) => System.IO.Path.Combine([Path, .. names]);

    public string Write(string name, byte[] content)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(In(name))!);
        File.WriteAllBytes(In(name), content);
        return In(name);
    }

    /// <summary>Every name below the store that says "unfinished".</summary>
    public IReadOnlyList<string> LeftOvers() =>
        !Directory.Exists(Store.Root)
            ? []
            :
            [
                .. Directory.EnumerateFileSystemEntries(Store.Root, ".tmp-*", SearchOption.AllDirectories),
                .. Directory.Exists(Store.Leases) ? Directory.GetFiles(Store.Leases) : [],
            ];

    public void Dispose()
    {
        Assert.True(StoreTrash.Wait(TimeSpan.FromSeconds(30)));
        TreeRemover.Delete(Path);
    }
}
